"use client";

import { MutationCache, notifyManager, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useState } from "react";
import { type Api, createApi } from "./client";
import { toApiError } from "./errors";

const ApiContext = createContext<Api | null>(null);

// At once instead of after a timer: a busy button is off before the second click of a double click.
notifyManager.setScheduler(queueMicrotask);

/** The session is over: sign in, then come back to this page. */
function leaveWhenSignedOut(error: unknown): void {
  if (toApiError(error).kind !== "signed-out") return;
  const { pathname, search } = window.location;
  window.location.assign(`/sign-in?error=session_not_found&next=${encodeURIComponent(pathname + search)}`);
}

function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
    mutationCache: new MutationCache({ onError: leaveWhenSignedOut }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < 2 && toApiError(error).isRetryable,
      },
    },
  });
}

export function ApiProvider({ apiUrl, children }: { apiUrl: string; children: ReactNode }) {
  const [queryClient] = useState(createQueryClient);
  const [api] = useState(() => createApi(apiUrl));
  return (
    <ApiContext value={api}>
      <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
    </ApiContext>
  );
}

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (!api) throw new Error("useApi needs an ApiProvider above it");
  return api;
}
