import type { Metadata } from "next";
import { JobForm } from "@/features/crawl-jobs/components/job-form";

export const metadata: Metadata = { title: "New crawl job" };

export default async function NewJobPage({ params }: { params: Promise<{ projectId: string }> }) {
  const { projectId } = await params;
  return (
    <>
      <h2 className="mb-6 text-xl font-semibold">New crawl job</h2>
      <JobForm projectId={projectId} />
    </>
  );
}
