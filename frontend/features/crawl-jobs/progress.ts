import type { Counters, CrawlJob, JobStatus, Progress } from "@/lib/api/types";

export const isTerminal = (status: JobStatus): boolean =>
  status === "completed" || status === "failed" || status === "stopped";

export const isMoving = (status: JobStatus): boolean => status === "running" || status === "stopping";

/** What a retry of a job that is over would take up again; null when every address has its final state. */
export function leftToDo({ status, progress }: Pick<CrawlJob, "status" | "progress">): "undone" | "failed" | null {
  if (!isTerminal(status)) return null;
  // A job that had enough images leaves the others on purpose.
  if (status === "stopped" && progress.urls_done < progress.urls_total) return "undone";
  // A job that brought nothing asks again for everything, also for what was refused.
  return status === "failed" || progress.urls_failed > 0 ? "failed" : null;
}

/** Events may arrive twice or late after a reconnect: only a newer version counts. */
export function applyProgress(job: CrawlJob, event: Progress): CrawlJob {
  if (event.version < job.version || (event.version === job.version && event.status === job.status)) return job;
  const { urls_total, urls_done, images_stored, images_duplicate, urls_rejected, urls_failed } = event;
  return {
    ...job,
    version: event.version,
    status: event.status,
    error: event.error,
    started_at: event.started_at,
    finished_at: event.finished_at,
    progress: { urls_total, urls_done, images_stored, images_duplicate, urls_rejected, urls_failed },
  };
}

export interface Sample {
  at: number;
  done: number;
}

const WINDOW_MILLISECONDS = 15_000;

/** Keeps the last seconds, and one sample before them as the base line. */
export function addSample(samples: readonly Sample[], sample: Sample): Sample[] {
  const last = samples.at(-1);
  // A retry lowers the counter: earlier samples say nothing about the new run.
  if (last && sample.done < last.done) return [sample];
  const recent = samples.filter(({ at }) => sample.at - at <= WINDOW_MILLISECONDS);
  const base = samples.length > recent.length ? samples[samples.length - recent.length - 1] : undefined;
  return [...(base && recent.length < 2 ? [base] : []), ...recent, sample];
}

/** Addresses a second over the window; null until there is something to measure. */
export function rateOf(samples: readonly Sample[]): number | null {
  const first = samples.at(0);
  const last = samples.at(-1);
  if (!first || !last || last.at - first.at < 1000) return null;
  return ((last.done - first.done) * 1000) / (last.at - first.at);
}

export function secondsLeft(progress: Counters, rate: number | null): number | null {
  const left = progress.urls_total - progress.urls_done;
  return rate && rate > 0 && left > 0 ? left / rate : null;
}
