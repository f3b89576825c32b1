"use client";

import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { useApi } from "@/lib/api/provider";
import type { CrawlJob, CrawlJobCreate, UrlState } from "@/lib/api/types";
import { JOB_PAGE_SIZE, jobKeys } from "./keys";
import { isMoving } from "./progress";

export function useCrawlJobs(projectId: string, initial: CrawlJob[]) {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: jobKeys.ofProject(projectId),
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/crawl-jobs", {
          params: { query: { project_id: projectId, limit: JOB_PAGE_SIZE, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    initialData: { pages: [{ items: initial, next_cursor: null }], pageParams: [null] },
    initialDataUpdatedAt: 0,
    // A list of jobs opens no stream: a look every few seconds while one of them moves.
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.items.some((job) => isMoving(job.status))) ? 3000 : false,
  });
}

function fetchJob(api: Api, id: string): Promise<CrawlJob> {
  return unwrap(api.GET("/api/v1/crawl-jobs/{crawl_job_id}", { params: { path: { crawl_job_id: id } } }));
}

export function useCrawlJob(initial: CrawlJob) {
  const api = useApi();
  return useQuery({
    queryKey: jobKeys.one(initial.id),
    queryFn: () => fetchJob(api, initial.id),
    initialData: initial,
  });
}

/** Creates the job and starts it. When only the start fails, the job's page offers to start it again. */
export function useCreateCrawlJob() {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: CrawlJobCreate) => {
      const job = await unwrap(api.POST("/api/v1/crawl-jobs", { body }));
      const params = { path: { crawl_job_id: job.id } };
      const startError = await unwrap(api.POST("/api/v1/crawl-jobs/{crawl_job_id}/start", { params })).then(
        () => null,
        (error: unknown) => error,
      );
      return { job, startError };
    },
    onSuccess: ({ job }) => queries.invalidateQueries({ queryKey: jobKeys.ofProject(job.project_id) }),
  });
}

const ACTIONS = {
  start: "/api/v1/crawl-jobs/{crawl_job_id}/start",
  stop: "/api/v1/crawl-jobs/{crawl_job_id}/stop",
  retry: "/api/v1/crawl-jobs/{crawl_job_id}/retry",
} as const;

export type JobAction = keyof typeof ACTIONS;

export function useJobAction(id: string) {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (action: JobAction) => unwrap(api.POST(ACTIONS[action], { params: { path: { crawl_job_id: id } } })),
    onSuccess: (job) => queries.setQueryData(jobKeys.one(id), job),
    // A refused transition means that our picture of the job is old.
    onError: () => queries.invalidateQueries({ queryKey: jobKeys.one(id), exact: true }),
  });
}

export function useJobUrls(id: string, state: UrlState | null) {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: jobKeys.urls(id, state),
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/crawl-jobs/{crawl_job_id}/urls", {
          params: {
            path: { crawl_job_id: id },
            query: { limit: 50, ...(state && { state }), ...(pageParam && { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
}

export function useNewestImages(id: string, limit: number) {
  const api = useApi();
  return useQuery({
    queryKey: jobKeys.newest(id),
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/crawl-jobs/{crawl_job_id}/images", {
          params: { path: { crawl_job_id: id }, query: { limit } },
        }),
      ),
  });
}
