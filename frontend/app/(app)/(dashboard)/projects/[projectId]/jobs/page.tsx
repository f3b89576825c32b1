import type { Metadata } from "next";
import { JobList } from "@/features/crawl-jobs/components/job-list";
import { JOB_PAGE_SIZE } from "@/features/crawl-jobs/keys";
import { readCrawlJobs } from "@/features/crawl-jobs/reads";
import { requireClaims } from "@/lib/auth/claims";
import { withRls } from "@/lib/db/rls";
import { isUuid } from "@/lib/ids";

export const metadata: Metadata = { title: "Jobs" };

export default async function JobsPage({ params }: { params: Promise<{ projectId: string }> }) {
  const { projectId } = await params;
  // The layout answers for ids that cannot exist.
  if (!isUuid(projectId)) return null;
  const jobs = await withRls(await requireClaims(), (tx) => readCrawlJobs(tx, projectId, JOB_PAGE_SIZE));
  return <JobList projectId={projectId} initial={jobs} />;
}
