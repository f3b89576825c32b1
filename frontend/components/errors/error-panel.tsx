"use client";

import { CircleAlert } from "lucide-react";
import { Button } from "@/components/ui/button";
import { toApiError } from "@/lib/api/errors";

interface ErrorPanelProps {
  error: unknown;
  onRetry?: (() => void) | undefined;
}

/** What went wrong, the id to quote, and a way on. */
export function ErrorPanel({ error, onRetry }: ErrorPanelProps) {
  const { title, detail, requestId } = toApiError(error);
  return (
    <div role="alert" className="flex gap-3.5 rounded-2xl border border-wine/40 bg-wine-wash p-5">
      <CircleAlert aria-hidden="true" className="mt-0.5 size-5 shrink-0 text-wine" />
      <div className="min-w-0 flex-1">
        <p className="font-semibold">{title}</p>
        <p className="mt-0.5 text-sm text-ink-soft">{detail}</p>
        {requestId && (
          <p className="mt-2 text-xs text-ink-soft">
            Request id <code className="font-mono break-all select-all">{requestId}</code>
          </p>
        )}
        {onRetry && (
          <Button variant="secondary" size="small" onClick={onRetry} className="mt-3">
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}
