import "server-only";
import { createServerClient } from "@supabase/ssr";
import type { SupabaseClient } from "@supabase/supabase-js";
import { cookies } from "next/headers";
import { env } from "../env";
import { cookieOptions } from "./options";

/** A client for one request. Cookies can be written in Server Actions and route handlers; in pages the proxy has done it before. */
export async function createClient(): Promise<SupabaseClient> {
  const store = await cookies();
  return createServerClient(env.NEXT_PUBLIC_SUPABASE_URL, env.NEXT_PUBLIC_SUPABASE_ANON_KEY, {
    cookieOptions,
    cookies: {
      getAll: () => store.getAll(),
      setAll: (items) => {
        try {
          for (const { name, value, options } of items) store.set(name, value, options);
        } catch {
          // A page is being rendered, where Next forbids writing: the proxy refreshes the session before the page.
        }
      },
    },
  });
}
