import { ApiError, errorFromResponse } from "./errors";

export interface TokenSource {
  get(): Promise<string>;
  /** Forgets the token, because the API refused it. */
  invalidate(): void;
}

interface Options {
  fetch?: typeof fetch;
  now?: () => number;
  path?: string;
}

interface TokenReply {
  access_token: string;
  expires_in: number;
}

// The server renews what has less than 90 s left: asking at 60 s always yields a fresh one.
const MARGIN_SECONDS = 60;

/** The access token of the signed-in user, from the session cookie that only the server can read. Kept in memory only. */
export function createTokenSource({ fetch: request, now = Date.now, path = "/auth/token" }: Options = {}): TokenSource {
  let held: { token: string; until: number } | null = null;
  let inFlight: Promise<string> | null = null;

  async function load(): Promise<string> {
    const send = request ?? fetch;
    const response = await send(path, { cache: "no-store", credentials: "same-origin" }).catch((cause: unknown) => {
      throw new ApiError({ kind: "unreachable", cause });
    });
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok) throw errorFromResponse(response, body);
    const { access_token, expires_in } = body as TokenReply;
    held = { token: access_token, until: now() + (expires_in - MARGIN_SECONDS) * 1000 };
    return access_token;
  }

  return {
    get() {
      if (held && now() < held.until) return Promise.resolve(held.token);
      inFlight ??= load().finally(() => {
        inFlight = null;
      });
      return inFlight;
    },
    invalidate() {
      held = null;
    },
  };
}
