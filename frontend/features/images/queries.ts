"use client";

import { type InfiniteData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { projectKeys } from "@/features/projects/keys";
import type { Api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { useApi } from "@/lib/api/provider";
import type { Image, Page } from "@/lib/api/types";
import { type ImageFilter, imageKeys } from "./keys";

const PAGE_SIZE = 100;
// The API deletes many at once but changes one at a time.
const PATCHES_AT_ONCE = 6;
const DELETES_AT_ONCE = 100;

type Pages = InfiniteData<Page<Image>, string | null>;

export function useImages(projectId: string, filter: ImageFilter) {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: imageKeys.list(projectId, filter),
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/projects/{project_id}/images", {
          params: {
            path: { project_id: projectId },
            query: {
              limit: PAGE_SIZE,
              ...(filter.label && { label: filter.label }),
              ...(filter.crawlJobId && { crawl_job_id: filter.crawlJobId }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** The newest images of a project, for its card. */
export function useProjectCover(projectId: string, limit: number, isEnabled: boolean) {
  const api = useApi();
  return useQuery({
    queryKey: imageKeys.cover(projectId),
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/projects/{project_id}/images", {
          params: { path: { project_id: projectId }, query: { limit } },
        }),
      ),
    enabled: isEnabled,
    // A card without pictures is no reason to bother anybody: the list itself reports errors.
    retry: false,
  });
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

async function patchAll(api: Api, ids: readonly string[], body: { label?: string; deleted?: boolean }): Promise<void> {
  for (const batch of chunks(ids, PATCHES_AT_ONCE)) {
    await Promise.all(
      batch.map((id) => unwrap(api.PATCH("/api/v1/images/{image_id}", { params: { path: { image_id: id } }, body }))),
    );
  }
}

/** Changes what is shown at once and puts it back when the API refuses. */
function useOptimisticImages<V>(projectId: string, run: (api: Api, value: V) => Promise<void>, change: Change<V>) {
  const api = useApi();
  const queries = useQueryClient();
  const router = useRouter();
  const queryKey = imageKeys.ofProject(projectId);
  return useMutation({
    mutationFn: (value: V) => run(api, value),
    onMutate: async (value) => {
      await queries.cancelQueries({ queryKey });
      const before = queries.getQueriesData<Pages>({ queryKey });
      queries.setQueriesData<Pages>({ queryKey }, (data) => data && mapItems(data, (items) => change(items, value)));
      return { before };
    },
    onError: (_error, _value, context) => {
      for (const [key, data] of context?.before ?? []) queries.setQueryData(key, data);
    },
    onSettled: () => {
      void queries.invalidateQueries({ queryKey });
      void queries.invalidateQueries({ queryKey: projectKeys.all });
      // The counts beside the labels are read by the page itself.
      router.refresh();
    },
  });
}

type Change<V> = (items: Image[], value: V) => Image[];

function mapItems(data: Pages, change: (items: Image[]) => Image[]): Pages {
  return { ...data, pages: data.pages.map((page) => ({ ...page, items: change(page.items) })) };
}

async function deleteImages(api: Api, ids: readonly string[]): Promise<void> {
  for (const batch of chunks(ids, DELETES_AT_ONCE)) {
    await unwrap(api.POST("/api/v1/images/batch-delete", { body: { ids: batch } }));
  }
}

export function useDeleteImages(projectId: string) {
  return useOptimisticImages<readonly string[]>(projectId, deleteImages, (items, ids) => {
    const gone = new Set(ids);
    return items.filter(({ id }) => !gone.has(id));
  });
}

export function useRestoreImages(projectId: string) {
  return useOptimisticImages<readonly string[]>(
    projectId,
    (api, ids) => patchAll(api, ids, { deleted: false }),
    (items) => items,
  );
}

export interface LabelChange {
  ids: readonly string[];
  label: string;
}

export function useLabelImages(projectId: string) {
  return useOptimisticImages<LabelChange>(
    projectId,
    (api, { ids, label }) => patchAll(api, ids, { label }),
    (items, { ids, label }) => {
      const chosen = new Set(ids);
      return items.map((image) => (chosen.has(image.id) ? { ...image, label } : image));
    },
  );
}
