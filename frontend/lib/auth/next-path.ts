export const HOME = "/projects";

/** The page to open after signing in. Anything that is not a path of this site becomes the home page. */
export function safeNextPath(value: unknown, fallback: string = HOME): string {
  if (typeof value !== "string" || !value.startsWith("/")) return fallback;
  const base = "http://site.invalid";
  if (!URL.canParse(value, base)) return fallback;
  const url = new URL(value, base);
  // "//host" and "/\host" are addresses of another site to a browser.
  return url.origin === base ? `${url.pathname}${url.search}${url.hash}` : fallback;
}
