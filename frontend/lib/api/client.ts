import createFetchClient from "openapi-fetch";
import type { paths } from "./schema";
import { createTokenSource, type TokenSource } from "./token";

/** Sends the user's token; asks for a new one and repeats once when the API refuses it. */
export function authorizedFetch(tokens: TokenSource, send: typeof fetch = (...args) => fetch(...args)) {
  return async (request: Request): Promise<Response> => {
    const attempt = async () => {
      const copy = request.clone();
      copy.headers.set("Authorization", `Bearer ${await tokens.get()}`);
      return send(copy);
    };
    const response = await attempt();
    if (response.status !== 401) return response;
    tokens.invalidate();
    return attempt();
  };
}

export function createApi(baseUrl: string, tokens: TokenSource = createTokenSource()) {
  const client = createFetchClient<paths>({ baseUrl, fetch: authorizedFetch(tokens) });
  return { ...client, baseUrl, tokens };
}

export type Api = ReturnType<typeof createApi>;

/** Addresses of files come as paths of the API's origin. */
export function absoluteUrl(baseUrl: string, path: string): string {
  return new URL(path, baseUrl).toString();
}
