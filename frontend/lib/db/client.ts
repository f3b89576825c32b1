import "server-only";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";
import { serverEnv } from "../env.server";
import * as schema from "./schema";

export type Database = PostgresJsDatabase<typeof schema> & { $client: Sql };

// `next dev` evaluates modules anew after each edit: the pool outlives them.
const globals = globalThis as typeof globalThis & { pixcrawlerDatabase?: Database };

/** No prepared statements: a transaction pooler hands each transaction another connection. */
export function connect(url: string, max = 10): Database {
  const connection = postgres(url, { prepare: false, max, idle_timeout: 20, connect_timeout: 5 });
  return drizzle(connection, { schema });
}

export function database(): Database {
  globals.pixcrawlerDatabase ??= connect(serverEnv().POSTGRES_URL);
  return globals.pixcrawlerDatabase;
}
