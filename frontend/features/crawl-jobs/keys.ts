import type { UrlState } from "@/lib/api/types";

export const JOB_PAGE_SIZE = 50;

export const jobKeys = {
  all: ["crawl-jobs"] as const,
  ofProject: (projectId: string) => [...jobKeys.all, "project", projectId] as const,
  one: (id: string) => [...jobKeys.all, id] as const,
  urls: (id: string, state: UrlState | null) => [...jobKeys.all, id, "urls", state ?? "all"] as const,
  newest: (id: string) => [...jobKeys.all, id, "newest"] as const,
};
