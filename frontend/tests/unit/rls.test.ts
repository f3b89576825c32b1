import { sql } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/pg-proxy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCrawlJobs } from "@/features/crawl-jobs/reads";
import { readLabels, readProject, readProjects } from "@/features/projects/reads";
import { actAs, type Transaction, withRls } from "@/lib/db/rls";
import * as schema from "@/lib/db/schema";
import { startPostgres, type TestDatabase } from "./postgres";

const ADA = "11111111-1111-4111-8111-111111111111";
const BOB = "22222222-2222-4222-8222-222222222222";
const PROJECT = "33333333-3333-4333-8333-333333333333";

/** Runs a read and gives back the SQL that it sent. */
async function sqlOf(read: (tx: Transaction) => Promise<unknown>): Promise<{ sql: string; params: unknown[] }> {
  const sent: { sql: string; params: unknown[] }[] = [];
  const db = drizzle(
    async (text, params) => {
      sent.push({ sql: text, params });
      return { rows: [] };
    },
    { schema },
  );
  // The driver differs, the query builder that is tested does not.
  await read(db as unknown as Transaction);
  expect(sent).toHaveLength(1);
  return sent[0] ?? { sql: "", params: [] };
}

describe("actAs", () => {
  it("sets role and claims for the transaction only, in one statement, with the claims as a parameter", () => {
    const claims = { sub: ADA, role: "authenticated", note: "'; drop table projects; --" };
    const { sql: text, params } = new PgDialect().sqlToQuery(actAs(claims));
    expect(text).toBe("select set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1, true)");
    expect(params).toEqual([JSON.stringify(claims)]);
  });

  it("never takes the role from the claims", () => {
    const { sql: text } = new PgDialect().sqlToQuery(actAs({ sub: ADA, role: "service_role" } as { sub: string }));
    expect(text).not.toContain("service_role");
  });
});

describe("reads", () => {
  it("count only images that are not deleted", async () => {
    const { sql: text, params } = await sqlOf((tx) => readProjects(tx, 50));
    expect(text).toContain(`from "images" i where i.project_id = "projects".id and i.deleted_at is null`);
    expect(params).toEqual([50]);
  });

  it("list jobs in the order that the index has", async () => {
    const { sql: text, params } = await sqlOf((tx) => readCrawlJobs(tx, ADA, 10));
    expect(text).toContain(`order by "crawl_jobs"."created_at" desc, "crawl_jobs"."id" desc limit`);
    expect(params).toEqual([ADA, 10]);
  });

  it("group labels of one project", async () => {
    const { sql: text } = await sqlOf((tx) => readLabels(tx, ADA));
    expect(text).toContain(`group by "images"."label"`);
  });
});

describe("withRls on a real database", () => {
  let database: TestDatabase;
  const read = <T>(sub: string, work: (tx: Transaction) => Promise<T>) => withRls({ sub }, work, database.app);

  beforeAll(async () => {
    database = await startPostgres();
    for (const [id, email] of [
      [ADA, "ada@example.test"],
      [BOB, "bob@example.test"],
    ] as const) {
      await database.owner.execute(sql`insert into auth.users (id, email) values (${id}, ${email})`);
    }
    await database.owner.insert(schema.projects).values({ id: PROJECT, userId: ADA, name: "Birds" });
    const kept = { projectId: PROJECT, userId: ADA, width: 9, height: 9, format: "jpeg", bytes: 9, phash: 0n };
    const origin = { sourceUrl: "https://a.example/1.jpg", fetchedAt: new Date() };
    await database.owner.insert(schema.images).values([
      { ...kept, ...origin, sha256: "a".repeat(64), label: "robin" },
      { ...kept, ...origin, sha256: "b".repeat(64), label: "wren" },
      { ...kept, ...origin, sha256: "c".repeat(64), label: "wren", deletedAt: new Date() },
    ]);
    await database.owner.insert(schema.crawlJobs).values({
      projectId: PROJECT,
      userId: ADA,
      name: "First",
      sourceType: "url_list",
      sources: ["https://a.example/1.jpg"],
    });
  }, 60_000);

  afterAll(() => database?.close());

  it("acts as the user and is itself again afterwards", async () => {
    const who = sql<{ name: string; id: string }>`select current_user as name, auth.uid() as id`;
    expect([...(await read(ADA, (tx) => tx.execute(who)))]).toEqual([{ name: "authenticated", id: ADA }]);
    const claims = sql`select current_user as name, current_setting('request.jwt.claims', true) as claims`;
    for (const after of await Promise.all([1, 2, 3, 4].map(() => database.app.execute(claims)))) {
      expect(after[0]?.name).toBe("authenticator");
      expect(after[0]?.claims || null).toBeNull();
    }
  });

  it("shows the owner the project with its images, without the deleted one", async () => {
    const [project, ...others] = await read(ADA, (tx) => readProjects(tx, 50));
    expect(project).toMatchObject({ id: PROJECT, name: "Birds", image_count: 2 });
    expect(others).toEqual([]);
    expect(await read(ADA, (tx) => readProject(tx, PROJECT))).toEqual(project);
    expect(await read(ADA, (tx) => readLabels(tx, PROJECT))).toEqual([
      { label: "robin", count: 1 },
      { label: "wren", count: 1 },
    ]);
    const [job] = await read(ADA, (tx) => readCrawlJobs(tx, PROJECT, 50));
    expect(job).toMatchObject({ name: "First", status: "pending", sources: ["https://a.example/1.jpg"] });
  });

  it("shows nothing of it to anybody else", async () => {
    expect(await read(BOB, (tx) => readProjects(tx, 50))).toEqual([]);
    expect(await read(BOB, (tx) => readProject(tx, PROJECT))).toBeNull();
    expect(await read(BOB, (tx) => readLabels(tx, PROJECT))).toEqual([]);
    expect(await read(BOB, (tx) => readCrawlJobs(tx, PROJECT, 50))).toEqual([]);
  });

  it("refuses to write, even what is the user's own", async () => {
    await expect(read(ADA, (tx) => tx.execute(sql`delete from projects`))).rejects.toThrow();
    expect(await read(ADA, (tx) => readProjects(tx, 50))).toHaveLength(1);
  });

  it("keeps users apart who read at the same time", async () => {
    const counts = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const projects = await read(index % 2 ? BOB : ADA, (tx) => readProjects(tx, 50));
        return projects.length;
      }),
    );
    expect(counts).toEqual(counts.map((_, index) => (index % 2 ? 0 : 1)));
  });
});
