"use client";

import { Check } from "lucide-react";
import { type MouseEvent, memo } from "react";
import { cx } from "@/components/ui/cx";
import { absoluteUrl } from "@/lib/api/client";
import { useApi } from "@/lib/api/provider";
import type { Image } from "@/lib/api/types";

interface ImageTileProps {
  image: Image;
  index: number;
  isSelected: boolean;
  isSelecting: boolean;
  isTabStop: boolean;
  onFocus: (index: number) => void;
  onOpen: (id: string) => void;
  onToggle: (id: string) => void;
  onExtend: (id: string) => void;
}

export const ImageTile = memo(function ImageTile(props: ImageTileProps) {
  const { image, index, isSelected, isSelecting, isTabStop, onFocus, onOpen, onToggle, onExtend } = props;
  const { baseUrl } = useApi();
  const click = (event: MouseEvent) => {
    if (event.shiftKey) onExtend(image.id);
    else if (event.ctrlKey || event.metaKey || isSelecting) onToggle(image.id);
    else onOpen(image.id);
  };
  const name = image.alt_text || image.label || `Image ${index + 1}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: part of a virtual grid, not of a table.
    // biome-ignore lint/a11y/useFocusableInteractive: its button takes the focus.
    <div
      role="gridcell"
      aria-selected={isSelected}
      className={cx(
        "group relative aspect-square overflow-hidden rounded-xl bg-well",
        isSelected && "outline-3 -outline-offset-3 outline-lamp",
      )}
    >
      <button
        type="button"
        data-index={index}
        tabIndex={isTabStop ? 0 : -1}
        aria-label={`${name}, ${image.width} × ${image.height}`}
        onFocus={() => onFocus(index)}
        onClick={click}
        className="block size-full outline-offset-[-4px] focus-visible:outline-4"
      >
        {/* biome-ignore lint/performance/noImgElement: thumbnails are made by the API, at the size shown. */}
        <img
          src={absoluteUrl(baseUrl, image.thumbnail_url)}
          alt=""
          loading="lazy"
          decoding="async"
          draggable={false}
          className={cx("size-full object-cover transition-transform", isSelected && "scale-[0.92] rounded-lg")}
        />
      </button>
      <label
        className={cx(
          "absolute top-0 left-0 grid size-10 cursor-pointer place-items-center transition-opacity",
          "group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100",
          !(isSelected || isSelecting) && "opacity-0",
        )}
      >
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isSelected}
          aria-label={`Select ${name}`}
          onChange={(event) => {
            const { nativeEvent } = event;
            if (nativeEvent instanceof PointerEvent && nativeEvent.shiftKey) onExtend(image.id);
            else onToggle(image.id);
          }}
          className="peer sr-only"
        />
        <span
          aria-hidden="true"
          className={cx(
            "grid size-6 place-items-center rounded-full border-2 border-white shadow-[0_0_0_1px_rgb(0_0_0/0.35)]",
            isSelected ? "bg-lamp text-black" : "bg-black/35",
          )}
        >
          {isSelected && <Check className="size-4" strokeWidth={3} />}
        </span>
      </label>
      {image.label && (
        <span
          dir="auto"
          className="pointer-events-none absolute inset-x-0 bottom-0 truncate bg-black/65 px-2.5 py-1 text-xs text-white opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100"
        >
          {image.label}
        </span>
      )}
    </div>
  );
});
