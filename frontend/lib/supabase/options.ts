import { env } from "../env";

/** Only server code reads and writes the session, so no script in the page can take it. */
export const cookieOptions = {
  // The prefix that Supabase itself uses. With the port, which cookies do not know: stacks that run side by side
  // on one machine would sign each other out.
  name: ["sb-pixcrawler-session", new URL(env.NEXT_PUBLIC_APP_URL).port].filter(Boolean).join("-"),
  httpOnly: true,
  sameSite: "lax",
  secure: env.NEXT_PUBLIC_APP_URL.startsWith("https:"),
  path: "/",
} as const;
