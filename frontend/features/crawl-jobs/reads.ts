import "server-only";
import { desc, eq, type InferSelectModel } from "drizzle-orm";
import type { CrawlJob, JobStatus, SourceType } from "@/lib/api/types";
import type { Transaction } from "@/lib/db/rls";
import { crawlJobs } from "@/lib/db/schema";

function toCrawlJob(row: InferSelectModel<typeof crawlJobs>): CrawlJob {
  return {
    id: row.id,
    project_id: row.projectId,
    name: row.name,
    // CHECK constraints hold both to these words.
    source_type: row.sourceType as SourceType,
    status: row.status as JobStatus,
    sources: row.sources,
    label: row.label,
    max_images: row.maxImages,
    min_size: row.minSize,
    error: row.error,
    progress: {
      urls_total: row.urlsTotal,
      urls_done: row.urlsDone,
      images_stored: row.imagesStored,
      images_duplicate: row.imagesDuplicate,
      urls_rejected: row.urlsRejected,
      urls_failed: row.urlsFailed,
    },
    version: row.version,
    created_at: row.createdAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    finished_at: row.finishedAt?.toISOString() ?? null,
  };
}

/** Newest first. */
export async function readCrawlJobs(tx: Transaction, projectId: string, limit: number): Promise<CrawlJob[]> {
  const rows = await tx
    .select()
    .from(crawlJobs)
    .where(eq(crawlJobs.projectId, projectId))
    .orderBy(desc(crawlJobs.createdAt), desc(crawlJobs.id))
    .limit(limit);
  return rows.map(toCrawlJob);
}

export async function readCrawlJob(tx: Transaction, id: string): Promise<CrawlJob | null> {
  const [row] = await tx.select().from(crawlJobs).where(eq(crawlJobs.id, id));
  return row ? toCrawlJob(row) : null;
}
