import { type NextRequest, NextResponse } from "next/server";
import { HOME } from "@/lib/auth/next-path";
import { env } from "@/lib/env";
import { contentSecurityPolicy } from "@/lib/security/headers";
import { refreshSession } from "@/lib/supabase/proxy";

const GUARDED = /^\/(projects)(\/|$)/;
const ONLY_SIGNED_OUT = /^\/(sign-in|sign-up|forgot-password)$/;

function redirectWithCookies(target: URL, from: NextResponse): NextResponse {
  const response = NextResponse.redirect(target);
  // A refresh may have rotated the session just now: the browser must learn of it.
  for (const cookie of from.cookies.getAll()) response.cookies.set(cookie);
  response.headers.set("Cache-Control", "private, no-store");
  return response;
}

export async function proxy(request: NextRequest): Promise<NextResponse> {
  const nonce = Buffer.from(crypto.randomUUID()).toString("base64");
  const policy = contentSecurityPolicy({
    apiOrigin: env.NEXT_PUBLIC_API_URL,
    nonce,
    isDevelopment: process.env.NODE_ENV === "development",
  });
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("Content-Security-Policy", policy);

  const { response, isSignedIn } = await refreshSession(request, headers);
  const { pathname, search } = request.nextUrl;
  if (!isSignedIn && GUARDED.test(pathname)) {
    const target = new URL("/sign-in", request.url);
    target.searchParams.set("next", pathname + search);
    return redirectWithCookies(target, response);
  }
  // Who comes with an error has a session that something refused: sent back, they would run in a circle.
  const hasError = request.nextUrl.searchParams.has("error");
  if (isSignedIn && !hasError && ONLY_SIGNED_OUT.test(pathname) && request.method === "GET") {
    return redirectWithCookies(new URL(HOME, request.url), response);
  }
  response.headers.set("Content-Security-Policy", policy);
  response.headers.set("Cache-Control", "private, no-store");
  return response;
}

// Static pages and files are served without it; /auth/* route handlers look after the session themselves.
export const config = {
  matcher: ["/projects/:path*", "/sign-in", "/sign-up", "/forgot-password", "/reset-password"],
};
