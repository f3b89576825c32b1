"use client";

import { ErrorPanel } from "@/components/errors/error-panel";
import { absoluteUrl } from "@/lib/api/client";
import { useApi } from "@/lib/api/provider";
import type { CrawlJob, Image } from "@/lib/api/types";
import { isMoving } from "../progress";
import { useNewestImages } from "../queries";

const SHOWN = 24;

export function NewestImages({ job }: { job: CrawlJob }) {
  const query = useNewestImages(job.id, SHOWN);
  const images = query.data?.items ?? [];
  return (
    <section aria-labelledby="newest-images">
      <h3 id="newest-images" className="mb-3 font-semibold">
        Newest images
      </h3>
      {query.isError && <ErrorPanel error={query.error} onRetry={() => query.refetch()} />}
      {!query.isError && images.length === 0 && (
        <p className="rounded-2xl border border-dashed border-rule-strong/60 px-5 py-8 text-center text-sm text-ink-soft">
          {isMoving(job.status) || query.isPending
            ? "Images appear here as they are stored."
            : "This job stored no image."}
        </p>
      )}
      {images.length > 0 && (
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(5.5rem,1fr))] gap-2">
          {images.map((image) => (
            <li key={image.id}>
              <Thumbnail image={image} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Thumbnail({ image }: { image: Image }) {
  const { baseUrl } = useApi();
  return (
    // biome-ignore lint/performance/noImgElement: thumbnails are made by the API, at the size shown.
    <img
      src={absoluteUrl(baseUrl, image.thumbnail_url)}
      alt={image.alt_text || image.label || "Stored image"}
      decoding="async"
      className="aspect-square w-full animate-develop rounded-lg bg-well object-cover"
    />
  );
}
