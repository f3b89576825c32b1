import { type ApiError, errorFromResponse, toApiError } from "./errors";
import type { TokenSource } from "./token";

export interface ServerEvent {
  event: string;
  data: string;
  id: string;
}

/** Parser of `text/event-stream` (WHATWG HTML §9.2.6), fed with chunks that may end anywhere. */
export class EventStreamParser {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #id = "";
  #isFirstChunk = true;
  retryMilliseconds: number | null = null;

  get lastEventId(): string {
    return this.#id;
  }

  push(chunk: string): ServerEvent[] {
    let text = this.#rest + chunk;
    if (this.#isFirstChunk && text !== "") {
      if (text.startsWith("\uFEFF")) text = text.slice(1);
      this.#isFirstChunk = false;
    }
    const events: ServerEvent[] = [];
    // A final CR may be the first half of CRLF: it waits for the next chunk.
    const lines = /\r\n|\n|\r(?!$)/g;
    let start = 0;
    for (let match = lines.exec(text); match; match = lines.exec(text)) {
      const event = this.#line(text.slice(start, match.index));
      if (event) events.push(event);
      start = lines.lastIndex;
    }
    this.#rest = text.slice(start);
    return events;
  }

  #line(line: string): ServerEvent | null {
    if (line === "") return this.#dispatch();
    if (line.startsWith(":")) return null;
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retryMilliseconds = Number(value);
    return null;
  }

  #dispatch(): ServerEvent | null {
    const event = { event: this.#event || "message", data: this.#data.join("\n"), id: this.#id };
    const hasData = this.#data.length > 0;
    const isNamed = this.#event !== "";
    this.#event = "";
    this.#data = [];
    // The standard drops events without data; our `end` may come without, and is wanted.
    return hasData || isNamed ? event : null;
  }
}

export type StreamState = "connecting" | "open" | "waiting" | "paused" | "ended" | "failed";

interface StreamOptions {
  url: string;
  tokens: TokenSource;
  signal: AbortSignal;
  onEvent: (event: ServerEvent) => void;
  onState?: (state: StreamState, error?: ApiError) => void;
  fetch?: typeof fetch;
  random?: () => number;
  wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  page?: Page;
}

/** The visibility of the page: a hidden tab gives its connection back. */
export interface Page {
  isHidden(): boolean;
  onChange(listener: () => void): () => void;
}

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
// The server sends a comment every 15 s: silence for three of them is a dead connection.
const SILENCE = 45_000;

/** Full jitter, so that many viewers do not return to a restarted server at once. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  return Math.round(Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempt) * (0.5 + random() / 2));
}

export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}

const documentPage: Page = {
  isHidden: () => document.visibilityState === "hidden",
  onChange: (listener) => {
    document.addEventListener("visibilitychange", listener);
    return () => document.removeEventListener("visibilitychange", listener);
  },
};

function untilVisible(page: Page, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (page.isHidden() && !signal.aborted) return;
      stop();
      signal.removeEventListener("abort", check);
      resolve();
    };
    const stop = page.onChange(check);
    signal.addEventListener("abort", check);
    check();
  });
}

/** Ends when the caller's signal, a hidden page or a silent server says so. */
function connectionSignal(signal: AbortSignal, page: Page) {
  const own = new AbortController();
  const abort = () => own.abort();
  const hide = () => page.isHidden() && own.abort();
  let timer = setTimeout(abort, SILENCE);
  signal.addEventListener("abort", abort);
  const stop = page.onChange(hide);
  return {
    signal: own.signal,
    alive() {
      clearTimeout(timer);
      timer = setTimeout(abort, SILENCE);
    },
    release() {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      stop();
    },
  };
}

/** Reads until the server's `end` event, reconnecting from the last event seen. Resolves when it is over; never throws. */
export async function readEventStream(options: StreamOptions): Promise<void> {
  const { tokens, signal, onEvent, onState = () => {}, random, wait = sleep, page = documentPage } = options;
  const send = options.fetch ?? fetch;
  let lastEventId = "";
  let attempt = 0;

  async function connect(): Promise<"ended" | "cut"> {
    const connection = connectionSignal(signal, page);
    try {
      const headers = new Headers({ Accept: "text/event-stream", Authorization: `Bearer ${await tokens.get()}` });
      if (lastEventId) headers.set("Last-Event-ID", lastEventId);
      const response = await send(options.url, { headers, cache: "no-store", signal: connection.signal });
      if (!response.ok || !response.body) throw errorFromResponse(response, await response.json().catch(() => null));
      onState("open");
      attempt = 0;
      const parser = new EventStreamParser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        connection.alive();
        for (const event of parser.push(part.value)) {
          if (event.id) lastEventId = event.id;
          onEvent(event);
          if (event.event === "end") {
            await reader.cancel();
            return "ended";
          }
        }
      }
      return "cut";
    } finally {
      connection.release();
    }
  }

  while (!signal.aborted) {
    if (page.isHidden()) {
      onState("paused");
      await untilVisible(page, signal);
      continue;
    }
    onState("connecting");
    try {
      if ((await connect()) === "ended") return onState("ended");
    } catch (cause) {
      if (signal.aborted) return;
      const error = toApiError(cause);
      if (error.kind === "signed-out") tokens.invalidate();
      if (error.kind === "not-found" || error.kind === "forbidden" || (error.kind === "signed-out" && attempt > 1)) {
        return onState("failed", error);
      }
    }
    if (signal.aborted || page.isHidden()) continue;
    onState("waiting");
    await wait(backoff(attempt, random), signal);
    attempt += 1;
  }
}
