/** The one source of truth of the database. drizzle-kit turns changes here into migrations (`docs/DATABASE.md`). */
import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgPolicy,
  pgTable,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { authenticatedRole, authUsers } from "drizzle-orm/supabase";

const id = () => uuid("id").primaryKey().defaultRandom();
const instant = (name: string) => timestamp(name, { withTimezone: true });
const createdAt = () => instant("created_at").notNull().defaultNow();
const updatedAt = () => instant("updated_at").notNull().defaultNow();
const counter = (name: string) => integer(name).notNull().default(0);

/** Signed-in users read their own rows; every change goes through the API. The sub-select runs once a statement, not once a row. */
const readOwn = (table: string, owner: AnyPgColumn) =>
  pgPolicy(`${table}_select_own`, {
    for: "select",
    to: authenticatedRole,
    using: sql`${owner} = (select auth.uid())`,
  });

const readOwnJob = (table: string, job: AnyPgColumn) =>
  pgPolicy(`${table}_select_own`, {
    for: "select",
    to: authenticatedRole,
    using: sql`exists (select 1 from crawl_jobs where crawl_jobs.id = ${job} and crawl_jobs.user_id = (select auth.uid()))`,
  });

export const profiles = pgTable(
  "profiles",
  {
    id: uuid("id")
      .primaryKey()
      .references(() => authUsers.id, { onDelete: "cascade" }),
    email: text("email").notNull(),
    fullName: text("full_name").notNull().default(""),
    role: text("role").notNull().default("user"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [check("profiles_role_check", sql`${t.role} in ('user', 'admin')`), readOwn("profiles", t.id)],
).enableRLS();

export const projects = pgTable(
  "projects",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .references(() => profiles.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    // Keyset order of the project list.
    index("projects_user_id_created_at_id_idx").on(t.userId, t.createdAt, t.id),
    check("projects_name_check", sql`length(${t.name}) between 1 and 120`),
    readOwn("projects", t.userId),
  ],
).enableRLS();

export const crawlJobs = pgTable(
  "crawl_jobs",
  {
    id: id(),
    projectId: uuid("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    userId: uuid("user_id")
      .notNull()
      .references(() => profiles.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    sourceType: text("source_type").notNull(),
    sources: text("sources").array().notNull(),
    label: text("label").notNull().default(""),
    maxImages: integer("max_images").notNull().default(500),
    minSize: integer("min_size").notNull().default(64),
    status: text("status").notNull().default("pending"),
    error: text("error"),
    // Rises with every change a viewer should see: the event id of the progress stream.
    version: bigint("version", { mode: "number" }).notNull().default(0),
    urlsTotal: counter("urls_total"),
    urlsDone: counter("urls_done"),
    imagesStored: counter("images_stored"),
    imagesDuplicate: counter("images_duplicate"),
    urlsRejected: counter("urls_rejected"),
    urlsFailed: counter("urls_failed"),
    startedAt: instant("started_at"),
    finishedAt: instant("finished_at"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    index("crawl_jobs_user_id_created_at_id_idx").on(t.userId, t.createdAt, t.id),
    index("crawl_jobs_project_id_created_at_id_idx").on(t.projectId, t.createdAt, t.id),
    // The reconciler looks only at jobs in motion.
    index("crawl_jobs_active_idx").on(t.status).where(sql`status in ('running', 'stopping')`),
    check("crawl_jobs_source_type_check", sql`${t.sourceType} in ('url_list', 'web_page')`),
    check(
      "crawl_jobs_status_check",
      sql`${t.status} in ('pending', 'running', 'stopping', 'stopped', 'completed', 'failed')`,
    ),
    check("crawl_jobs_max_images_check", sql`${t.maxImages} between 1 and 100000`),
    check("crawl_jobs_min_size_check", sql`${t.minSize} between 1 and 10000`),
    readOwn("crawl_jobs", t.userId),
  ],
).enableRLS();

export const jobChunks = pgTable(
  "job_chunks",
  {
    id: id(),
    crawlJobId: uuid("crawl_job_id")
      .notNull()
      .references(() => crawlJobs.id, { onDelete: "cascade" }),
    seq: integer("seq").notNull(),
    kind: text("kind").notNull(),
    state: text("state").notNull().default("pending"),
    attempt: counter("attempt"),
    leaseOwner: text("lease_owner"),
    leaseUntil: instant("lease_until"),
    // Every write of a worker names the fence it claimed with; a later claim makes the old one powerless.
    fence: bigint("fence", { mode: "number" }).notNull().default(0),
    notBefore: instant("not_before").notNull().defaultNow(),
    lastError: text("last_error"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    unique("job_chunks_crawl_job_id_seq_unique").on(t.crawlJobId, t.seq),
    // The reconciler's scans: expired leases and hints that were lost.
    index("job_chunks_open_idx").on(t.state, t.leaseUntil).where(sql`state in ('pending', 'dispatched', 'running')`),
    check("job_chunks_kind_check", sql`${t.kind} in ('discover', 'fetch')`),
    check(
      "job_chunks_state_check",
      sql`${t.state} in ('pending', 'dispatched', 'running', 'done', 'dead', 'cancelled')`,
    ),
    readOwnJob("job_chunks", t.crawlJobId),
  ],
).enableRLS();

export const images = pgTable(
  "images",
  {
    id: id(),
    // Order of arrival inside a project: keyset of the gallery, and how dedup reads only what is new.
    seq: bigint("seq", { mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    projectId: uuid("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    crawlJobId: uuid("crawl_job_id").references(() => crawlJobs.id, { onDelete: "set null" }),
    userId: uuid("user_id")
      .notNull()
      .references(() => profiles.id, { onDelete: "cascade" }),
    sha256: text("sha256").notNull(),
    phash: bigint("phash", { mode: "bigint" }).notNull(),
    width: integer("width").notNull(),
    height: integer("height").notNull(),
    format: text("format").notNull(),
    bytes: integer("bytes").notNull(),
    label: text("label").notNull().default(""),
    sourceUrl: text("source_url").notNull(),
    sourcePage: text("source_page"),
    altText: text("alt_text"),
    licence: text("licence"),
    licenceUrl: text("licence_url"),
    author: text("author"),
    fetchedAt: instant("fetched_at").notNull(),
    // A deleted image stays known, so that the next crawl does not bring it back.
    deletedAt: instant("deleted_at"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    unique("images_project_id_sha256_unique").on(t.projectId, t.sha256),
    index("images_project_id_seq_idx").on(t.projectId, t.seq),
    index("images_crawl_job_id_seq_idx").on(t.crawlJobId, t.seq),
    index("images_user_id_idx").on(t.userId),
    // Is a stored file still referenced by any project?
    index("images_sha256_idx").on(t.sha256),
    check("images_sha256_check", sql`${t.sha256} ~ '^[0-9a-f]{64}$'`),
    check("images_format_check", sql`${t.format} in ('jpeg', 'png', 'webp', 'gif')`),
    check("images_size_check", sql`${t.width} > 0 and ${t.height} > 0 and ${t.bytes} > 0`),
    readOwn("images", t.userId),
  ],
).enableRLS();

export const crawlUrls = pgTable(
  "crawl_urls",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    crawlJobId: uuid("crawl_job_id")
      .notNull()
      .references(() => crawlJobs.id, { onDelete: "cascade" }),
    chunkId: uuid("chunk_id").references(() => jobChunks.id, { onDelete: "set null" }),
    kind: text("kind").notNull(),
    url: text("url").notNull(),
    sourcePage: text("source_page"),
    altText: text("alt_text"),
    licence: text("licence"),
    licenceUrl: text("licence_url"),
    author: text("author"),
    state: text("state").notNull().default("pending"),
    reason: text("reason"),
    httpStatus: integer("http_status"),
    imageId: uuid("image_id").references(() => images.id, { onDelete: "set null" }),
    attempts: counter("attempts"),
    finishedAt: instant("finished_at"),
    createdAt: createdAt(),
  },
  (t) => [
    unique("crawl_urls_crawl_job_id_url_unique").on(t.crawlJobId, t.url),
    index("crawl_urls_crawl_job_id_state_id_idx").on(t.crawlJobId, t.state, t.id),
    index("crawl_urls_chunk_id_state_idx").on(t.chunkId, t.state),
    index("crawl_urls_image_id_idx").on(t.imageId),
    check("crawl_urls_kind_check", sql`${t.kind} in ('page', 'image')`),
    check("crawl_urls_url_check", sql`length(${t.url}) between 1 and 2048`),
    check(
      "crawl_urls_state_check",
      sql`${t.state} in ('pending', 'discovered', 'stored', 'duplicate', 'rejected', 'failed')`,
    ),
    readOwnJob("crawl_urls", t.crawlJobId),
  ],
).enableRLS();

export const exports = pgTable(
  "exports",
  {
    id: id(),
    projectId: uuid("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    userId: uuid("user_id")
      .notNull()
      .references(() => profiles.id, { onDelete: "cascade" }),
    version: integer("version").notNull(),
    format: text("format").notNull(),
    status: text("status").notNull().default("pending"),
    imageCount: counter("image_count"),
    bytes: bigint("bytes", { mode: "number" }).notNull().default(0),
    sha256: text("sha256"),
    storageKey: text("storage_key"),
    error: text("error"),
    createdAt: createdAt(),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    unique("exports_project_id_version_unique").on(t.projectId, t.version),
    index("exports_user_id_idx").on(t.userId),
    check("exports_format_check", sql`${t.format} in ('imagefolder')`),
    check("exports_status_check", sql`${t.status} in ('pending', 'ready', 'failed')`),
    readOwn("exports", t.userId),
  ],
).enableRLS();

/** Messages that leave with the transaction that wrote them. Nobody but the dispatcher reads it: RLS on, no policy, no grant. */
export const outbox = pgTable("outbox", {
  id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
  task: text("task").notNull(),
  payload: jsonb("payload").notNull(),
  createdAt: createdAt(),
}).enableRLS();
