import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache } from "react";
import { JobView } from "@/features/crawl-jobs/components/job-view";
import { readCrawlJob } from "@/features/crawl-jobs/reads";
import { requireClaims } from "@/lib/auth/claims";
import { withRls } from "@/lib/db/rls";
import { isUuid } from "@/lib/ids";

interface JobPageProps {
  params: Promise<{ projectId: string; jobId: string }>;
}

const load = cache(async (id: string) => {
  if (!isUuid(id)) return null;
  return withRls(await requireClaims(), (tx) => readCrawlJob(tx, id));
});

export async function generateMetadata({ params }: JobPageProps): Promise<Metadata> {
  return { title: (await load((await params).jobId))?.name ?? "Not found" };
}

export default async function JobPage({ params }: JobPageProps) {
  const { projectId, jobId } = await params;
  const job = await load(jobId);
  if (!job || job.project_id !== projectId) notFound();
  return <JobView job={job} />;
}
