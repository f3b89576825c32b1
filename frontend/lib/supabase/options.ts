import { env } from "../env";

/** Only server code reads and writes the session, so no script in the page can take it. */
export const cookieOptions = {
  // The prefix that Supabase itself uses.
  name: "sb-pixcrawler-session",
  httpOnly: true,
  sameSite: "lax",
  secure: env.NEXT_PUBLIC_APP_URL.startsWith("https:"),
  path: "/",
} as const;
