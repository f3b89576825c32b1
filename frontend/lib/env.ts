import { z } from "zod";
import { parseEnvironment } from "./env/parse";

const httpUrl = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, ""));

/** Settings that may be seen by everybody: Next writes them into the browser's code when it builds. */
export const clientSchema = z.object({
  NEXT_PUBLIC_SUPABASE_URL: httpUrl.meta({
    description: "http(s) address of the Supabase project, without /auth/v1",
    example: "http://127.0.0.1:54321",
  }),
  NEXT_PUBLIC_SUPABASE_ANON_KEY: z.string().min(20).meta({
    description: "anonymous key of the Supabase project",
    example: "eyJhbGciOi…",
  }),
  NEXT_PUBLIC_API_URL: httpUrl.meta({
    description: "http(s) origin of the PixCrawler API, without /api/v1",
    example: "http://localhost:8000",
  }),
  NEXT_PUBLIC_APP_URL: httpUrl.meta({
    description: "http(s) origin under which people open this app",
    example: "http://localhost:3000",
  }),
});

export type ClientEnvironment = z.output<typeof clientSchema>;

// Named one by one: Next replaces only literal mentions of process.env.NEXT_PUBLIC_*.
export const env: ClientEnvironment = parseEnvironment(
  clientSchema,
  {
    NEXT_PUBLIC_SUPABASE_URL: process.env.NEXT_PUBLIC_SUPABASE_URL,
    NEXT_PUBLIC_SUPABASE_ANON_KEY: process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY,
    NEXT_PUBLIC_API_URL: process.env.NEXT_PUBLIC_API_URL,
    NEXT_PUBLIC_APP_URL: process.env.NEXT_PUBLIC_APP_URL,
  },
  "frontend/.env",
);
