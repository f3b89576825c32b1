"use client";

import Link from "next/link";
import { ErrorPanel } from "@/components/errors/error-panel";
import { Button, buttonClass } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import type { CrawlJob } from "@/lib/api/types";
import { formatDateTime, formatNumber, plural } from "@/lib/format";
import { useCrawlJobs } from "../queries";
import { SOURCE_TYPE } from "../words";
import { StatusBadge } from "./status-badge";

export function JobList({ projectId, initial }: { projectId: string; initial: CrawlJob[] }) {
  const query = useCrawlJobs(projectId, initial);
  const jobs = query.data.pages.flatMap((page) => page.items);
  return (
    <div className="space-y-4">
      <h2 className="sr-only">Crawl jobs</h2>
      {query.isError && <ErrorPanel error={query.error} onRetry={() => query.refetch()} />}
      {jobs.length === 0 ? (
        <EmptyState
          title="No crawl job yet"
          action={
            <Link href={`/projects/${projectId}/jobs/new`} className={buttonClass()}>
              Start a crawl job
            </Link>
          }
        >
          A crawl job takes image addresses or web pages and stores each image once, with its source and licence.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-rule overflow-hidden rounded-2xl border border-rule bg-sheet">
          {jobs.map((job) => (
            <li key={job.id}>
              <JobRow job={job} />
            </li>
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <div className="text-center">
          <Button variant="secondary" isBusy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </div>
  );
}

function JobRow({ job }: { job: CrawlJob }) {
  const { progress } = job;
  return (
    <Link
      href={`/projects/${job.project_id}/jobs/${job.id}`}
      className="grid gap-x-6 gap-y-1 px-5 py-4 outline-offset-[-3px] hover:bg-well sm:grid-cols-[1fr_auto_8rem] sm:items-center"
    >
      <span className="min-w-0">
        <span className="block truncate font-medium">{job.name}</span>
        <span className="block text-sm text-ink-soft">
          {SOURCE_TYPE[job.source_type]} · {formatDateTime(job.created_at)}
        </span>
      </span>
      <span className="text-sm text-ink-soft tabular-nums">
        <span className="font-medium text-ink">{plural(progress.images_stored, "image")}</span> from{" "}
        {formatNumber(progress.urls_done)} of {plural(progress.urls_total, "address", "addresses")}
      </span>
      <span className="sm:text-right">
        <StatusBadge status={job.status} />
      </span>
    </Link>
  );
}
