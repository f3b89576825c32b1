import { describe, expect, it } from "vitest";
import {
  backoff,
  EventStreamParser,
  type Page,
  readEventStream,
  type ServerEvent,
  type StreamState,
} from "@/lib/api/sse";
import type { TokenSource } from "@/lib/api/token";

function parse(...chunks: string[]): ServerEvent[] {
  const parser = new EventStreamParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

describe("EventStreamParser", () => {
  it("reads an event with name, id and data", () => {
    expect(parse('event: progress\nid: 7\ndata: {"a":1}\n\n')).toEqual([
      { event: "progress", id: "7", data: '{"a":1}' },
    ]);
  });

  it("gives the same events wherever the chunks are cut", () => {
    const text =
      "event: progress\r\nid: 1\r\ndata: one\r\n\r\n: alive\n\nid: 2\rdata: two\rdata: more\r\r\ndata: x\n\n";
    const whole = parse(text);
    expect(whole.map(({ data }) => data)).toEqual(["one", "two\nmore", "x"]);
    for (let cut = 1; cut < text.length; cut += 1) {
      expect(parse(text.slice(0, cut), text.slice(cut))).toEqual(whole);
    }
    expect(parse(...text)).toEqual(whole);
  });

  it("leaves out comments, unknown fields and a byte order mark", () => {
    expect(parse("\uFEFF: alive\n\nfoo: bar\ndata: x\n\n")).toEqual([{ event: "message", id: "", data: "x" }]);
  });

  it("removes one space after the colon, not two", () => {
    expect(parse("data:  x\n\n")[0]?.data).toBe(" x");
    expect(parse("data:x\n\n")[0]?.data).toBe("x");
  });

  it("keeps the last id for events that bring none, and refuses ids with NUL", () => {
    expect(parse("id: 4\ndata: a\n\ndata: b\n\nid: 5\0\ndata: c\n\n").map(({ id }) => id)).toEqual(["4", "4", "4"]);
  });

  it("does not give out an event that was cut off", () => {
    expect(parse("data: half\n")).toEqual([]);
  });

  it("learns how long to wait from the server", () => {
    const parser = new EventStreamParser();
    parser.push("retry: 3000\n\nretry: soon\n\n");
    expect(parser.retryMilliseconds).toBe(3000);
  });
});

describe("backoff", () => {
  it("doubles up to a limit and is never below half of it", () => {
    expect(backoff(0, () => 0)).toBe(250);
    expect(backoff(0, () => 1)).toBe(500);
    expect(backoff(3, () => 1)).toBe(4000);
    expect(backoff(40, () => 1)).toBe(15_000);
  });
});

const tokens: TokenSource = { get: () => Promise.resolve("token"), invalidate: () => {} };
const visible: Page = { isHidden: () => false, onChange: () => () => {} };
const stream = (text: string) => new Response(text, { headers: { "Content-Type": "text/event-stream" } });

interface Run {
  requests: Headers[];
  events: ServerEvent[];
  states: StreamState[];
  waits: number[];
}

/** Reads from a server that gives these answers, one a connection. */
async function run(answers: (() => Response | Promise<Response>)[], page: Page = visible): Promise<Run> {
  const result: Run = { requests: [], events: [], states: [], waits: [] };
  const controller = new AbortController();
  await readEventStream({
    url: "http://api.example/events",
    tokens,
    signal: controller.signal,
    page,
    random: () => 1,
    wait: async (milliseconds) => void result.waits.push(milliseconds),
    onEvent: (event) => result.events.push(event),
    onState: (state) => result.states.push(state),
    fetch: async (_, init) => {
      result.requests.push(new Headers(init?.headers));
      const answer = answers.shift();
      if (!answer) {
        controller.abort();
        throw new DOMException("aborted", "AbortError");
      }
      return answer();
    },
  });
  return result;
}

describe("readEventStream", () => {
  it("sends the token and ends with the server's end event", async () => {
    const { requests, events, states } = await run([
      () => stream("event: progress\nid: 1\ndata: {}\n\nevent: end\nid: 1\ndata: {}\n\n"),
    ]);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.get("authorization")).toBe("Bearer token");
    expect(requests[0]?.has("last-event-id")).toBe(false);
    expect(events.map(({ event }) => event)).toEqual(["progress", "end"]);
    expect(states).toEqual(["connecting", "open", "ended"]);
  });

  it("comes back with the last id after a cut", async () => {
    const { requests, waits, states } = await run([
      () => stream("event: progress\nid: 41\ndata: {}\n\n"),
      () => stream("event: end\ndata: {}\n\n"),
    ]);
    expect(requests[1]?.get("last-event-id")).toBe("41");
    expect(waits).toEqual([500]);
    expect(states).toEqual(["connecting", "open", "waiting", "connecting", "open", "ended"]);
  });

  it("waits longer while the server stays away, and starts anew once it answered", async () => {
    const away = () => Promise.reject(new TypeError("fetch failed"));
    const { waits } = await run([away, away, away, () => stream("data: x\n\n"), () => stream("event: end\ndata:\n\n")]);
    expect(waits).toEqual([500, 1000, 2000, 500]);
  });

  it("gives up when the job does not exist", async () => {
    const { states, requests } = await run([() => Response.json({ title: "Not found" }, { status: 404 })]);
    expect(states.at(-1)).toBe("failed");
    expect(requests).toHaveLength(1);
  });

  it("does not connect while the page is hidden", async () => {
    let isHidden = true;
    let show = () => {};
    const page: Page = {
      isHidden: () => isHidden,
      onChange: (listener) => {
        show = listener;
        return () => {};
      },
    };
    const reading = run([() => stream("event: end\ndata: {}\n\n")], page);
    await new Promise((resolve) => setTimeout(resolve, 5));
    isHidden = false;
    show();
    expect((await reading).states).toEqual(["paused", "connecting", "open", "ended"]);
  });
});
