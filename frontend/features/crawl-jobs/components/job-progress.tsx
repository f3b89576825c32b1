"use client";

import { ProgressBar } from "@/components/ui/progress-bar";
import type { CrawlJob } from "@/lib/api/types";
import { formatDuration, formatNumber } from "@/lib/format";
import type { LiveState } from "../live";
import { isMoving, secondsLeft } from "../progress";
import { jobErrorText } from "../words";

export function JobProgress({ job, live }: { job: CrawlJob; live: LiveState }) {
  const { progress } = job;
  const counters = [
    { label: "Stored", value: progress.images_stored, className: "bg-moss" },
    { label: "Duplicate", value: progress.images_duplicate, className: "bg-sky" },
    { label: "Rejected", value: progress.urls_rejected, className: "bg-ochre" },
    { label: "Failed", value: progress.urls_failed, className: "bg-wine" },
  ];
  const counted = counters.reduce((sum, { value }) => sum + value, 0);
  const pages = { label: "Pages read", value: Math.max(0, progress.urls_done - counted), className: "bg-rule-strong" };
  return (
    <section aria-label="Progress" className="rounded-2xl border border-rule bg-sheet p-5 sm:p-6">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1 tabular-nums">
        <p>
          <span className="text-2xl font-semibold">{formatNumber(progress.urls_done)}</span>
          <span className="text-ink-soft"> of {formatNumber(progress.urls_total)} addresses done</span>
        </p>
        <p className="text-sm text-ink-soft">{pace(job, live)}</p>
      </div>
      <ProgressBar
        label="Addresses done"
        total={progress.urls_total}
        segments={[...counters, pages]}
        isActive={isMoving(job.status)}
      />
      <dl className="mt-5 grid grid-cols-2 gap-4 sm:grid-cols-4">
        {counters.map(({ label, value, className }) => (
          <div key={label}>
            <dt className="flex items-center gap-2 text-sm text-ink-soft">
              <span aria-hidden="true" className={`size-2.5 rounded-sm ${className}`} />
              {label}
            </dt>
            <dd className="mt-0.5 text-xl font-semibold tabular-nums">{formatNumber(value)}</dd>
          </div>
        ))}
      </dl>
      {job.error && (
        <p role="alert" className="mt-5 rounded-xl bg-wine-wash px-4 py-3 text-sm">
          <span className="font-medium text-wine">Nothing was stored.</span> {jobErrorText(job.error)}
        </p>
      )}
    </section>
  );
}

function pace(job: CrawlJob, { stream, rate }: LiveState): string {
  if (job.started_at && job.finished_at && !isMoving(job.status)) {
    return `took ${formatDuration((Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000)}`;
  }
  if (!isMoving(job.status)) return "";
  if (stream === "waiting") return "Connection lost, reconnecting…";
  if (stream === "failed") return "Connection lost. Reload the page to follow the job.";
  const left = secondsLeft(job.progress, rate);
  const parts = [rate === null ? "measuring the rate…" : `${rate.toFixed(1)} addresses/s`];
  if (left !== null) parts.push(`about ${formatDuration(left)} left`);
  return parts.join(" · ");
}
