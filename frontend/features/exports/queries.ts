"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { unwrap } from "@/lib/api/errors";
import { useApi } from "@/lib/api/provider";

const exportKeys = { ofProject: (projectId: string) => ["exports", projectId] as const };

const POLL_MILLISECONDS = 1500;

export function useExports(projectId: string) {
  const api = useApi();
  return useQuery({
    queryKey: exportKeys.ofProject(projectId),
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/projects/{project_id}/exports", {
          params: { path: { project_id: projectId }, query: { limit: 100 } },
        }),
      ),
    refetchInterval: ({ state }) =>
      state.data?.items.some(({ status }) => status === "pending") ? POLL_MILLISECONDS : false,
  });
}

export function useCreateExport(projectId: string) {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/projects/{project_id}/exports", {
          params: { path: { project_id: projectId } },
          body: { format: "imagefolder" },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: exportKeys.ofProject(projectId) }),
  });
}
