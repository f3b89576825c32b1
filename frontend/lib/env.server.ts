import "server-only";
import { z } from "zod";
import { parseEnvironment } from "./env/parse";

/** Secrets of the Next server. They never reach the browser. */
export const serverSchema = z.object({
  POSTGRES_URL: z.url({ protocol: /^postgres(ql)?$/ }).meta({
    description: "PostgreSQL address of the role `authenticator`, which may only become `authenticated`",
    example: "postgresql://authenticator:password@127.0.0.1:54322/postgres",
  }),
});

export type ServerEnvironment = z.output<typeof serverSchema>;

let parsed: ServerEnvironment | undefined;

/** Read at the first use, so that a build needs no database. */
export function serverEnv(): ServerEnvironment {
  parsed ??= parseEnvironment(serverSchema, { POSTGRES_URL: process.env.POSTGRES_URL }, "frontend/.env");
  return parsed;
}
