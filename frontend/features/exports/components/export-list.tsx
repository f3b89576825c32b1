"use client";

import { Download, Package } from "lucide-react";
import { notifyError } from "@/components/app/notify";
import { ErrorPanel } from "@/components/errors/error-panel";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button, buttonClass, Spinner } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Skeleton } from "@/components/ui/skeleton";
import { absoluteUrl } from "@/lib/api/client";
import { useApi } from "@/lib/api/provider";
import type { Export } from "@/lib/api/types";
import { formatBytes, formatDateTime, plural } from "@/lib/format";
import { useCreateExport, useExports } from "../queries";

const STATUS: Record<Export["status"], { label: string; tone: Tone }> = {
  pending: { label: "Building", tone: "lamp" },
  ready: { label: "Ready", tone: "moss" },
  failed: { label: "Failed", tone: "wine" },
};

export function ExportList({ projectId }: { projectId: string }) {
  const query = useExports(projectId);
  const create = useCreateExport(projectId);
  const exports = query.data?.items ?? [];
  const createButton = (
    <Button
      isBusy={create.isPending}
      onClick={() => create.mutate(undefined, { onError: (error) => notifyError("Creating the export", error) })}
    >
      <Package aria-hidden="true" className="size-4" />
      Create export
    </Button>
  );
  return (
    <section aria-label="Exports" className="space-y-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div>
          <h2 className="text-xl font-semibold">Exports</h2>
          <p className="mt-1 max-w-2xl text-sm text-ink-soft">
            An export is a frozen, numbered version of the dataset: a ZIP with a folder for each label, as ImageFolder
            loaders read it, and metadata.jsonl and ATTRIBUTION.csv with source, author and licence of every image.
          </p>
        </div>
        {exports.length > 0 && createButton}
      </div>
      {query.isPending && (
        <div role="status" aria-label="Loading exports">
          <Skeleton className="h-24" />
        </div>
      )}
      {query.isError && <ErrorPanel error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && exports.length === 0 && (
        <EmptyState title="No export yet" action={createButton}>
          Freeze the gallery as it is now into version 1 and download it.
        </EmptyState>
      )}
      {exports.length > 0 && (
        <ul className="divide-y divide-rule rounded-2xl border border-rule bg-sheet">
          {exports.map((item) => (
            <ExportRow key={item.id} item={item} />
          ))}
        </ul>
      )}
    </section>
  );
}

function ExportRow({ item }: { item: Export }) {
  const { baseUrl } = useApi();
  const { label, tone } = STATUS[item.status];
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-3 px-5 py-4">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex items-center gap-3 font-medium">
          Version {item.version}
          <span role="status">
            <Badge tone={tone}>{label}</Badge>
          </span>
        </p>
        <p className="mt-1 text-sm text-ink-soft tabular-nums">
          {item.status === "ready" && `${plural(item.image_count, "image")}, ${formatBytes(item.bytes)} · `}
          {formatDateTime(item.created_at)}
        </p>
        {item.error && <p className="mt-1 text-sm text-wine">{item.error}</p>}
        {item.sha256 && (
          <p className="mt-1 truncate font-mono text-xs text-ink-soft" title="SHA-256 of the file">
            {item.sha256}
          </p>
        )}
      </div>
      {item.status === "pending" && <Spinner />}
      {item.status === "ready" && item.download_url && (
        <a
          href={absoluteUrl(baseUrl, item.download_url)}
          download
          aria-label={`Download version ${item.version}`}
          className={buttonClass({ variant: "secondary" })}
        >
          <Download aria-hidden="true" className="size-4" />
          Download
        </a>
      )}
    </li>
  );
}
