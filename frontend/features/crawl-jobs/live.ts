"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { imageKeys } from "@/features/images/keys";
import { projectKeys } from "@/features/projects/keys";
import { absoluteUrl } from "@/lib/api/client";
import { useApi } from "@/lib/api/provider";
import { readEventStream, type StreamState } from "@/lib/api/sse";
import type { CrawlJob, Progress } from "@/lib/api/types";
import { jobKeys } from "./keys";
import { addSample, applyProgress, isTerminal, rateOf, type Sample } from "./progress";

// Pictures and addresses follow the counters, but not with every event.
const REFRESH_MILLISECONDS = 1200;

export interface LiveState {
  stream: StreamState;
  rate: number | null;
}

/** Follows the job's event stream into the query cache until the job is over. */
export function useLiveProgress(job: CrawlJob): LiveState {
  const api = useApi();
  const queries = useQueryClient();
  const [stream, setStream] = useState<StreamState>("connecting");
  const [samples, setSamples] = useState<Sample[]>([]);
  const { id, project_id: projectId } = job;
  const isOver = isTerminal(job.status) || job.status === "pending";

  useEffect(() => {
    if (isOver) return;
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refreshNow = () => {
      timer = undefined;
      void queries.invalidateQueries({ queryKey: jobKeys.newest(id) });
      void queries.invalidateQueries({ queryKey: [...jobKeys.one(id), "urls"] });
      void queries.invalidateQueries({ queryKey: imageKeys.ofProject(projectId) });
      void queries.invalidateQueries({ queryKey: projectKeys.all });
    };
    const onProgress = (event: Progress) => {
      queries.setQueryData<CrawlJob>(jobKeys.one(id), (known) => known && applyProgress(known, event));
      setSamples((known) => addSample(known, { at: Date.now(), done: event.urls_done }));
      timer ??= setTimeout(refreshNow, REFRESH_MILLISECONDS);
    };
    void readEventStream({
      url: absoluteUrl(api.baseUrl, `/api/v1/crawl-jobs/${id}/events`),
      tokens: api.tokens,
      signal: controller.signal,
      onState: (state) => {
        setStream(state);
        // While the stream is cut, each new attempt also asks the plain way.
        if (state === "waiting") void queries.invalidateQueries({ queryKey: jobKeys.one(id), exact: true });
      },
      onEvent: ({ event, data }) => {
        if (event === "progress" && data) onProgress(JSON.parse(data) as Progress);
      },
    });
    return () => {
      controller.abort();
      clearTimeout(timer);
      // The job may have ended between two refreshes: what is shown now has to be the end.
      refreshNow();
      setSamples([]);
    };
  }, [api, queries, id, projectId, isOver]);

  return { stream, rate: rateOf(samples) };
}
