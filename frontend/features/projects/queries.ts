"use client";

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { unwrap } from "@/lib/api/errors";
import { useApi } from "@/lib/api/provider";
import type { Project } from "@/lib/api/types";
import { PROJECT_PAGE_SIZE, projectKeys } from "./keys";

/** `initial` comes from the page's own read; it is shown at once and checked against the API. */
export function useProjects(initial: Project[]) {
  const api = useApi();
  return useInfiniteQuery({
    queryKey: projectKeys.list(),
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET("/api/v1/projects", {
          params: { query: { limit: PROJECT_PAGE_SIZE, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    initialData: { pages: [{ items: initial, next_cursor: null }], pageParams: [null] },
    initialDataUpdatedAt: 0,
  });
}

export function useProject(initial: Project) {
  const api = useApi();
  return useQuery({
    queryKey: projectKeys.one(initial.id),
    queryFn: () => unwrap(api.GET("/api/v1/projects/{project_id}", { params: { path: { project_id: initial.id } } })),
    initialData: initial,
  });
}

export function useCreateProject() {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; description: string }) => unwrap(api.POST("/api/v1/projects", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: projectKeys.list() }),
  });
}

export function useUpdateProject(id: string) {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; description: string }) =>
      unwrap(api.PATCH("/api/v1/projects/{project_id}", { params: { path: { project_id: id } }, body })),
    onSuccess: (project) => {
      queries.setQueryData(projectKeys.one(id), project);
      return queries.invalidateQueries({ queryKey: projectKeys.list() });
    },
  });
}

export function useDeleteProject(id: string) {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/projects/{project_id}", { params: { path: { project_id: id } } })),
    onSuccess: () => {
      queries.removeQueries({ queryKey: projectKeys.one(id) });
      return queries.invalidateQueries({ queryKey: projectKeys.list() });
    },
  });
}
