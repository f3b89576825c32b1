import { NextResponse } from "next/server";

const NO_STORE = { "Cache-Control": "private, no-store", Vary: "Cookie, Sec-Fetch-Site" };

export function problem(status: number, title: string): NextResponse {
  const headers = { ...NO_STORE, "Content-Type": "application/problem+json" };
  return NextResponse.json({ type: "about:blank", title, status }, { status, headers });
}

/** Lifetime in seconds instead of an instant: the clocks of browser and server need not agree. */
export function tokenReply(token: string, expiresAt: number, now: number = Date.now()): NextResponse {
  const expiresIn = Math.max(0, Math.floor(expiresAt - now / 1000));
  return NextResponse.json({ access_token: token, expires_in: expiresIn }, { headers: NO_STORE });
}
