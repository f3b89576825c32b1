"use client";

import { useState } from "react";
import { ErrorPanel } from "@/components/errors/error-panel";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import { Skeleton } from "@/components/ui/skeleton";
import type { CrawlJob, CrawlUrl, UrlState } from "@/lib/api/types";
import { formatNumber } from "@/lib/format";
import { useJobUrls } from "../queries";
import { reasonText, URL_STATE } from "../words";

function filtersOf({ progress }: CrawlJob): { state: UrlState | null; label: string; count: number }[] {
  return [
    { state: null, label: "All", count: progress.urls_total },
    { state: "stored", label: "Stored", count: progress.images_stored },
    { state: "duplicate", label: "Duplicate", count: progress.images_duplicate },
    { state: "rejected", label: "Rejected", count: progress.urls_rejected },
    { state: "failed", label: "Failed", count: progress.urls_failed },
    { state: "pending", label: "Waiting", count: Math.max(0, progress.urls_total - progress.urls_done) },
  ];
}

export function JobUrls({ job }: { job: CrawlJob }) {
  const [state, setState] = useState<UrlState | null>(null);
  const query = useJobUrls(job.id, state);
  const urls = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-labelledby="job-urls">
      <div className="mb-3 flex flex-wrap items-center justify-between gap-3">
        <h3 id="job-urls" className="font-semibold">
          Addresses
        </h3>
        <fieldset className="flex flex-wrap gap-1">
          <legend className="sr-only">Show addresses by state</legend>
          {filtersOf(job).map((filter) => (
            <button
              key={filter.label}
              type="button"
              aria-pressed={state === filter.state}
              onClick={() => setState(filter.state)}
              className={cx(
                "rounded-full px-3 py-1 text-[0.8125rem] transition-colors",
                state === filter.state ? "bg-ink text-ink-inverse" : "text-ink-soft hover:bg-well hover:text-ink",
              )}
            >
              {filter.label} <span className="tabular-nums">{formatNumber(filter.count)}</span>
            </button>
          ))}
        </fieldset>
      </div>
      {query.isError && <ErrorPanel error={query.error} onRetry={() => query.refetch()} />}
      {query.isPending && (
        <div role="status" aria-label="Loading addresses">
          <Skeleton className="h-40" />
        </div>
      )}
      {query.isSuccess && urls.length === 0 && (
        <p className="rounded-2xl border border-dashed border-rule-strong/60 px-5 py-8 text-center text-sm text-ink-soft">
          No address in this state.
        </p>
      )}
      {urls.length > 0 && <UrlTable urls={urls} />}
      {query.hasNextPage && (
        <div className="mt-4 text-center">
          <Button variant="secondary" isBusy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            Show more addresses
          </Button>
        </div>
      )}
    </section>
  );
}

function UrlTable({ urls }: { urls: readonly CrawlUrl[] }) {
  return (
    <div className="overflow-x-auto rounded-2xl border border-rule bg-sheet">
      <table className="w-full min-w-[36rem] text-left text-sm">
        <thead className="border-b border-rule text-[0.8125rem] text-ink-soft">
          <tr>
            <th scope="col" className="px-4 py-2.5 font-medium">
              Address
            </th>
            <th scope="col" className="w-32 px-4 py-2.5 font-medium">
              State
            </th>
            <th scope="col" className="w-72 px-4 py-2.5 font-medium">
              Reason
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-rule">
          {urls.map((row) => (
            <UrlRow key={row.id} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function UrlRow({ row }: { row: CrawlUrl }) {
  const { label, tone } = URL_STATE[row.state];
  return (
    <tr>
      <td className="max-w-0 px-4 py-2.5">
        <a
          href={row.url}
          target="_blank"
          rel="noreferrer noopener"
          title={row.url}
          className="block truncate font-mono text-[0.8125rem] hover:text-lamp-text"
        >
          {row.url}
        </a>
      </td>
      <td className="px-4 py-2.5">
        <Badge tone={tone}>{label}</Badge>
      </td>
      <td className="px-4 py-2.5 text-ink-soft">
        {row.state === "duplicate" && !row.reason ? "Already in the project" : reasonText(row.reason)}
        {row.http_status !== null && row.http_status >= 400 && ` (HTTP ${row.http_status})`}
      </td>
    </tr>
  );
}
