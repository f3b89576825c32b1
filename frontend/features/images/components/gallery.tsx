"use client";

import { useCallback, useEffect, useMemo, useState } from "react";
import { toast } from "sonner";
import { notifyError } from "@/components/app/notify";
import { ErrorPanel } from "@/components/errors/error-panel";
import type { LabelCount } from "@/features/projects/reads";
import { plural } from "@/lib/format";
import type { ImageFilter } from "../keys";
import { useDeleteImages, useImages, useLabelImages, useRestoreImages } from "../queries";
import { keepShown, NOTHING, type Selection } from "../selection";
import { GalleryEmpty, GalleryLoading } from "./gallery-states";
import { GalleryToolbar } from "./gallery-toolbar";
import { ImageDialog } from "./image-dialog";
import { ImageGrid } from "./image-grid";
import { LabelDialog } from "./label-dialog";

/** So many images before the last one that is loaded, the dialog asks for more. */
const STEPS_AHEAD = 5;

interface GalleryProps {
  projectId: string;
  filter: ImageFilter;
  labels: readonly LabelCount[];
}

export function Gallery({ projectId, filter, labels }: GalleryProps) {
  const query = useImages(projectId, filter);
  const images = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const order = useMemo(() => images.map(({ id }) => id), [images]);
  const [chosen, setChosen] = useState<Selection>(NOTHING);
  const selection = useMemo(() => keepShown(chosen, order), [chosen, order]);
  const [openId, setOpenId] = useState<string | null>(null);
  const [isLabelling, setLabelling] = useState(false);
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query;
  // A page that failed is asked for again by a person, not by the next frame.
  const hasMore = hasNextPage && !isFetchNextPageError;
  const isNearEnd = openId !== null && order.indexOf(openId) >= order.length - STEPS_AHEAD;
  useEffect(() => {
    if (isNearEnd && hasMore && !isFetchingNextPage) void fetchNextPage();
  }, [isNearEnd, hasMore, isFetchingNextPage, fetchNextPage]);
  const deleteImages = useDeleteWithUndo(projectId);
  const label = useLabelImages(projectId);
  const knownLabels = useMemo(() => labels.map((entry) => entry.label).filter(Boolean), [labels]);

  const remove = useCallback(
    (ids: readonly string[]) => {
      if (ids.length === 0) return;
      setChosen(NOTHING);
      deleteImages(ids);
    },
    [deleteImages],
  );
  const relabel = (ids: readonly string[], text: string) =>
    label.mutate(
      { ids, label: text },
      {
        onSuccess: () => {
          setChosen(NOTHING);
          toast.success(`${plural(ids.length, "image")} labelled “${text}”`);
        },
        onError: (error) => notifyError("Labelling", error),
      },
    );

  const hasFilter = Boolean(filter.label || filter.crawlJobId);
  return (
    <section aria-label="Gallery">
      <h2 className="sr-only">Gallery</h2>
      <GalleryToolbar
        projectId={projectId}
        filter={filter}
        labels={labels}
        selection={selection}
        order={order}
        hasMore={hasNextPage}
        onSelect={setChosen}
        onDelete={() => remove([...selection.ids])}
        onLabel={() => setLabelling(true)}
      />
      {query.isPending && <GalleryLoading />}
      {query.isError && !isFetchNextPageError && <ErrorPanel error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && images.length === 0 && <GalleryEmpty projectId={projectId} hasFilter={hasFilter} />}
      {images.length > 0 && (
        <ImageGrid
          images={images}
          order={order}
          selection={selection}
          onSelect={setChosen}
          onOpen={setOpenId}
          onDelete={remove}
          hasMore={hasMore}
          isLoadingMore={isFetchingNextPage}
          onLoadMore={fetchNextPage}
        />
      )}
      {isFetchNextPageError && (
        <div className="mt-4">
          <ErrorPanel error={query.error} onRetry={() => fetchNextPage()} />
        </div>
      )}
      <ImageDialog
        images={images}
        openId={openId}
        onOpen={setOpenId}
        knownLabels={knownLabels}
        onLabel={(id, text) => relabel([id], text)}
        onDelete={(id) => remove([id])}
      />
      <LabelDialog
        isOpen={isLabelling}
        onOpenChange={setLabelling}
        count={selection.ids.size}
        knownLabels={knownLabels}
        onSubmit={(text) => relabel([...selection.ids], text)}
      />
    </section>
  );
}

function useDeleteWithUndo(projectId: string) {
  const { mutate: remove } = useDeleteImages(projectId);
  const { mutate: restore } = useRestoreImages(projectId);
  return useCallback(
    (ids: readonly string[]) => {
      const undo = () =>
        restore(ids, {
          onSuccess: () => toast.success(`${plural(ids.length, "image")} restored`),
          onError: (error) => notifyError("Restoring", error),
        });
      remove(ids, {
        onSuccess: () =>
          toast(`${plural(ids.length, "image")} deleted`, {
            duration: 10_000,
            action: { label: "Undo", onClick: undo },
          }),
        onError: (error) => notifyError("Deleting", error),
      });
    },
    [remove, restore],
  );
}
