import "server-only";
import { type SQL, sql } from "drizzle-orm";
import type { Claims } from "../auth/claims";
import { type Database, database } from "./client";

export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

/** Makes the rest of the transaction act as the user, as PostgREST would: one statement, gone at the end of the transaction. */
export function actAs(claims: Pick<Claims, "sub">): SQL {
  return sql`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${JSON.stringify(claims)}, true)`;
}

/** Reads under the row level security of the user. Changes go through the API, so the transaction refuses to write. */
export async function withRls<T>(
  claims: Pick<Claims, "sub">,
  read: (tx: Transaction) => Promise<T>,
  db: Database = database(),
): Promise<T> {
  return db.transaction(
    async (tx) => {
      await tx.execute(actAs(claims));
      return read(tx);
    },
    { accessMode: "read only" },
  );
}
