import "server-only";
import { NextResponse } from "next/server";
import { env } from "../env";

/** Redirects inside the app by its public address; the one a proxy forwarded to may differ. */
export function redirectTo(path: string): NextResponse {
  const response = NextResponse.redirect(new URL(path, env.NEXT_PUBLIC_APP_URL), 303);
  response.headers.set("Cache-Control", "private, no-store");
  return response;
}

export function redirectToSignIn(errorCode: string): NextResponse {
  return redirectTo(`/sign-in?error=${encodeURIComponent(errorCode)}`);
}
