import { createServerClient } from "@supabase/ssr";
import { type NextRequest, NextResponse } from "next/server";
import { env } from "../env";
import { cookieOptions } from "./options";

export interface RefreshedSession {
  response: NextResponse;
  isSignedIn: boolean;
}

/** Refreshes a session that is about to expire; the new cookies go to the page (request) and to the browser (response). */
export async function refreshSession(request: NextRequest, requestHeaders: Headers): Promise<RefreshedSession> {
  const forward = () => {
    const cookie = request.cookies.toString();
    if (cookie) requestHeaders.set("cookie", cookie);
    else requestHeaders.delete("cookie");
    return NextResponse.next({ request: { headers: requestHeaders } });
  };
  let response = forward();
  const supabase = createServerClient(env.NEXT_PUBLIC_SUPABASE_URL, env.NEXT_PUBLIC_SUPABASE_ANON_KEY, {
    cookieOptions,
    cookies: {
      getAll: () => request.cookies.getAll(),
      setAll: (items, headers) => {
        for (const { name, value } of items) request.cookies.set(name, value);
        response = forward();
        for (const { name, value, options } of items) response.cookies.set(name, value, options);
        for (const [key, value] of Object.entries(headers)) response.headers.set(key, value);
      },
    },
  });
  const { data } = await supabase.auth.getClaims();
  return { response, isSignedIn: data !== null };
}
