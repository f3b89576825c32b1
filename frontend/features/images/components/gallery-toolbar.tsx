"use client";

import { Tag, Trash2, X } from "lucide-react";
import { usePathname, useRouter } from "next/navigation";
import { Button } from "@/components/ui/button";
import type { LabelCount } from "@/features/projects/reads";
import { formatNumber, plural } from "@/lib/format";
import type { ImageFilter } from "../keys";
import { countOf } from "../labels";
import { NOTHING, type Selection, selectAll } from "../selection";

interface GalleryToolbarProps {
  projectId: string;
  filter: ImageFilter;
  labels: readonly LabelCount[];
  selection: Selection;
  order: readonly string[];
  /** There are images that are not loaded yet, and so cannot be selected. */
  hasMore: boolean;
  onSelect: (selection: Selection) => void;
  onDelete: () => void;
  onLabel: () => void;
}

export function GalleryToolbar(props: GalleryToolbarProps) {
  const { labels, selection, order } = props;
  const total = countOf(labels, props.filter);
  return (
    <div className="sticky top-14 z-20 -mx-4 mb-3 flex min-h-14 flex-wrap items-center gap-2 bg-paper/95 px-4 py-2 sm:mx-0 sm:px-0">
      {selection.ids.size > 0 ? (
        <SelectionBar {...props} />
      ) : (
        <>
          <p className="mr-auto text-sm text-ink-soft tabular-nums">{total !== null && plural(total, "image")}</p>
          {order.length > 0 && <SelectAll {...props} />}
          <LabelFilter labels={labels} filter={props.filter} />
        </>
      )}
    </div>
  );
}

function SelectAll({ order, hasMore, onSelect }: Pick<GalleryToolbarProps, "order" | "hasMore" | "onSelect">) {
  return (
    <Button variant="quiet" size="small" onClick={() => onSelect(selectAll(order))}>
      {hasMore ? `Select ${formatNumber(order.length)} loaded` : "Select all"}
    </Button>
  );
}

function SelectionBar({ selection, order, hasMore, onSelect, onDelete, onLabel }: GalleryToolbarProps) {
  return (
    <>
      <p role="status" className="mr-auto text-sm font-medium tabular-nums">
        {formatNumber(selection.ids.size)} selected
      </p>
      {selection.ids.size < order.length && <SelectAll order={order} hasMore={hasMore} onSelect={onSelect} />}
      <Button variant="secondary" size="small" onClick={onLabel}>
        <Tag aria-hidden="true" className="size-3.5" />
        Label
      </Button>
      <Button variant="danger" size="small" onClick={onDelete}>
        <Trash2 aria-hidden="true" className="size-3.5" />
        Delete
      </Button>
      <Button variant="quiet" size="icon" aria-label="Clear selection" onClick={() => onSelect(NOTHING)}>
        <X aria-hidden="true" className="size-4.5" />
      </Button>
    </>
  );
}

function LabelFilter({ labels, filter }: { labels: readonly LabelCount[]; filter: ImageFilter }) {
  const router = useRouter();
  const pathname = usePathname();
  const named = labels.filter(({ label }) => label !== "");
  if (named.length === 0 && !filter.label) return null;
  const isUnknown = filter.label && !named.some(({ label }) => label === filter.label);
  const change = (label: string) =>
    router.replace(label ? `${pathname}?label=${encodeURIComponent(label)}` : pathname, { scroll: false });
  return (
    <label className="flex items-center gap-2 text-sm text-ink-soft">
      Label
      <select
        value={filter.label ?? ""}
        onChange={(event) => change(event.target.value)}
        className="h-9 max-w-48 rounded-lg border border-rule-strong bg-sheet px-2.5 text-ink"
      >
        <option value="">All</option>
        {isUnknown && <option value={filter.label}>{filter.label} (0)</option>}
        {named.map(({ label, count }) => (
          <option key={label} value={label}>
            {label} ({formatNumber(count)})
          </option>
        ))}
      </select>
    </label>
  );
}
