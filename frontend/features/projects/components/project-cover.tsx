"use client";

import { useProjectCover } from "@/features/images/queries";
import { absoluteUrl } from "@/lib/api/client";
import { useApi } from "@/lib/api/provider";
import type { Project } from "@/lib/api/types";

const FRAMES = [0, 1, 2, 3] as const;

/** The newest images of a project as a strip of a contact sheet; empty frames where there is none. */
export function ProjectCover({ project }: { project: Project }) {
  const { baseUrl } = useApi();
  const { data } = useProjectCover(project.id, FRAMES.length, project.image_count > 0);
  return (
    <div aria-hidden="true" className="mb-4 grid grid-cols-4 gap-1.5">
      {FRAMES.map((frame) => {
        const image = data?.items[frame];
        return image ? (
          // biome-ignore lint/performance/noImgElement: thumbnails are made by the API, at the size shown.
          <img
            key={frame}
            src={absoluteUrl(baseUrl, image.thumbnail_url)}
            alt=""
            loading="lazy"
            decoding="async"
            className="aspect-square w-full rounded-lg bg-well object-cover"
          />
        ) : (
          <span key={frame} className="aspect-square rounded-lg bg-well" />
        );
      })}
    </div>
  );
}
