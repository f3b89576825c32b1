"use client";

import { Play, RotateCcw, Square } from "lucide-react";
import Link from "next/link";
import { notifyError } from "@/components/app/notify";
import { Button, buttonClass } from "@/components/ui/button";
import type { CrawlJob } from "@/lib/api/types";
import { hostOf, plural } from "@/lib/format";
import { useLiveProgress } from "../live";
import { isTerminal, leftToDo } from "../progress";
import { type JobAction, useCrawlJob, useJobAction } from "../queries";
import { SOURCE_TYPE } from "../words";
import { JobProgress } from "./job-progress";
import { JobUrls } from "./job-urls";
import { NewestImages } from "./newest-images";
import { StatusBadge } from "./status-badge";

export function JobView({ job: initial }: { job: CrawlJob }) {
  const { data: job } = useCrawlJob(initial);
  const live = useLiveProgress(job);
  const [firstSource = ""] = job.sources;
  const more = job.sources.length - 1;
  return (
    <div className="space-y-8">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-3">
            <h2 className="min-w-0 text-xl font-semibold wrap-anywhere">{job.name}</h2>
            <span role="status" aria-label="Job status">
              <StatusBadge status={job.status} />
            </span>
          </div>
          <p className="mt-1 text-sm wrap-anywhere text-ink-soft">
            {SOURCE_TYPE[job.source_type]} · {hostOf(firstSource)}
            {more > 0 && ` and ${plural(more, "more address", "more addresses")}`}
            {job.label && (
              <>
                {" · label "}
                <bdi>{job.label}</bdi>
              </>
            )}{" "}
            · at most {plural(job.max_images, "image")} · from {job.min_size} px
          </p>
        </div>
        <JobActions job={job} />
      </div>
      <JobProgress job={job} live={live} />
      <NewestImages job={job} />
      <JobUrls job={job} />
    </div>
  );
}

const FAILURE: Record<JobAction, string> = { start: "Starting", stop: "Stopping", retry: "Retrying" };

function JobActions({ job }: { job: CrawlJob }) {
  const action = useJobAction(job.id);
  const run = (name: JobAction) => action.mutate(name, { onError: (error) => notifyError(FAILURE[name], error) });
  const isOver = isTerminal(job.status);
  const left = leftToDo(job);
  return (
    <div className="flex flex-wrap gap-2">
      {job.status === "pending" && (
        <Button isBusy={action.isPending} onClick={() => run("start")}>
          <Play aria-hidden="true" className="size-4" />
          Start
        </Button>
      )}
      {(job.status === "running" || job.status === "stopping") && (
        <Button variant="secondary" isBusy={action.isPending || job.status === "stopping"} onClick={() => run("stop")}>
          <Square aria-hidden="true" className="size-4" />
          Stop
        </Button>
      )}
      {left && (
        <Button variant="secondary" isBusy={action.isPending} onClick={() => run("retry")}>
          <RotateCcw aria-hidden="true" className="size-4" />
          {left === "undone" ? "Continue" : job.status === "failed" ? "Retry" : "Retry failed"}
        </Button>
      )}
      {isOver && job.progress.images_stored > 0 && (
        <Link href={`/projects/${job.project_id}`} className={buttonClass()}>
          Open gallery
        </Link>
      )}
    </div>
  );
}
