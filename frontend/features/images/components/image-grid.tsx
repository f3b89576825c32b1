"use client";

import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Spinner } from "@/components/ui/button";
import type { Image } from "@/lib/api/types";
import { type Direction, extendTo, move, NOTHING, type Selection, selectAll, toggle } from "../selection";
import { ImageTile } from "./image-tile";

const GAP = 8;
const NARROWEST_TILE = 152;

interface ImageGridProps {
  images: readonly Image[];
  order: readonly string[];
  selection: Selection;
  onSelect: (selection: Selection) => void;
  onOpen: (id: string) => void;
  onDelete: (ids: readonly string[]) => void;
  hasMore: boolean;
  isLoadingMore: boolean;
  onLoadMore: () => void;
}

const DIRECTIONS: Record<string, Direction> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  Home: "first",
  End: "last",
};

/** Only the rows near the window are in the document, whatever the size of the project. */
export function ImageGrid(props: ImageGridProps) {
  const { images, order, selection, onSelect, onOpen, hasMore, isLoadingMore, onLoadMore } = props;
  const container = useRef<HTMLDivElement>(null);
  const { width, top } = useBox(container);
  const columns = Math.max(2, Math.floor((width + GAP) / (NARROWEST_TILE + GAP)));
  const side = width > 0 ? (width - GAP * (columns - 1)) / columns : NARROWEST_TILE;
  const rowCount = Math.ceil(images.length / columns);
  const [focusIndex, setFocusIndex] = useState(0);
  const active = Math.min(focusIndex, images.length - 1);

  const virtualizer = useWindowVirtualizer({
    count: rowCount,
    estimateSize: () => side + GAP,
    overscan: 4,
    scrollMargin: top,
    // The app's header and the toolbar cover the top of the window.
    scrollPaddingStart: 128,
    scrollPaddingEnd: 16,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new tile size makes every measured row wrong.
  useLayoutEffect(() => virtualizer.measure(), [side, virtualizer]);

  const rows = virtualizer.getVirtualItems();
  const lastRow = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoadingMore && lastRow >= rowCount - 4) onLoadMore();
  }, [hasMore, isLoadingMore, lastRow, rowCount, onLoadMore]);

  const hasDeleted = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is shown takes tiles, and the focus with them, away.
  useEffect(() => {
    if (!hasDeleted.current) return;
    hasDeleted.current = false;
    container.current?.querySelector<HTMLElement>(`[data-index="${active}"]`)?.focus({ preventScroll: true });
  }, [order]);

  const focusTile = (index: number) => {
    setFocusIndex(index);
    virtualizer.scrollToIndex(Math.floor(index / columns));
    // A row that was not in the document is there after the next frame.
    requestAnimationFrame(() => {
      container.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus({ preventScroll: true });
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const id = order[active];
    if (id === undefined || event.altKey) return;
    const direction = DIRECTIONS[event.key];
    if (direction) {
      const target = move(active, direction, columns, images.length);
      if (event.shiftKey) {
        const from = selection.anchor === null ? toggle(NOTHING, id) : selection;
        onSelect(extendTo(from, order[target] ?? id, order));
      }
      focusTile(target);
    } else if (event.key === " ") onSelect(event.shiftKey ? extendTo(selection, id, order) : toggle(selection, id));
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) onSelect(selectAll(order));
    else if (event.key === "Escape" && selection.ids.size > 0) onSelect(NOTHING);
    else if (event.key === "Delete") {
      hasDeleted.current = true;
      props.onDelete(selection.ids.size > 0 ? [...selection.ids] : [id]);
    } else return;
    event.preventDefault();
  };

  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a table cannot be virtualised into positioned rows. */}
      <div
        ref={container}
        role="grid"
        tabIndex={-1}
        aria-label="Images"
        aria-multiselectable="true"
        aria-rowcount={hasMore ? -1 : rowCount}
        aria-colcount={columns}
        onKeyDown={onKeyDown}
        className="relative"
        style={{ height: virtualizer.getTotalSize() }}
      >
        {width > 0 &&
          rows.map((row) => (
            // biome-ignore lint/a11y/useSemanticElements: see above.
            // biome-ignore lint/a11y/useFocusableInteractive: the tiles inside take the focus.
            <div
              key={row.key}
              role="row"
              aria-rowindex={row.index + 1}
              className="absolute inset-x-0 top-0 grid"
              style={{
                gap: GAP,
                gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
                transform: `translateY(${row.start - top}px)`,
              }}
            >
              {images.slice(row.index * columns, (row.index + 1) * columns).map((image, column) => {
                const index = row.index * columns + column;
                return (
                  <ImageTile
                    key={image.id}
                    image={image}
                    index={index}
                    isSelected={selection.ids.has(image.id)}
                    isSelecting={selection.ids.size > 0}
                    isTabStop={index === active}
                    onFocus={setFocusIndex}
                    onOpen={onOpen}
                    onToggle={(id) => onSelect(toggle(selection, id))}
                    onExtend={(id) => onSelect(extendTo(selection, id, order))}
                  />
                );
              })}
            </div>
          ))}
      </div>
      {isLoadingMore && (
        <p role="status" className="flex items-center justify-center gap-2.5 py-6 text-sm text-ink-soft">
          <Spinner /> Loading more images
        </p>
      )}
    </>
  );
}

/** Width of the element and its distance from the top of the document. */
function useBox(element: React.RefObject<HTMLElement | null>) {
  const [box, setBox] = useState({ width: 0, top: 0 });
  useLayoutEffect(() => {
    const node = element.current;
    if (!node) return;
    const measure = () => {
      const { width, top } = node.getBoundingClientRect();
      setBox({ width, top: top + window.scrollY });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    measure();
    return () => observer.disconnect();
  }, [element]);
  return box;
}
