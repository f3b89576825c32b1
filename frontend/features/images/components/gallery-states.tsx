import Link from "next/link";
import { buttonClass } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Skeleton } from "@/components/ui/skeleton";

const PLACES = Array.from({ length: 18 }, (_, place) => `place-${place}`);

export function GalleryLoading() {
  return (
    <div
      role="status"
      aria-label="Loading images"
      className="grid grid-cols-[repeat(auto-fill,minmax(9.5rem,1fr))] gap-2"
    >
      {PLACES.map((place) => (
        <Skeleton key={place} className="aspect-square" />
      ))}
    </div>
  );
}

export function GalleryEmpty({ projectId, hasFilter }: { projectId: string; hasFilter: boolean }) {
  if (hasFilter) {
    return (
      <EmptyState
        title="No image matches"
        action={
          <Link href={`/projects/${projectId}`} className={buttonClass({ variant: "secondary" })}>
            Show all images
          </Link>
        }
      >
        No image of this project fits the filter.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="No image yet"
      action={
        <Link href={`/projects/${projectId}/jobs/new`} className={buttonClass()}>
          Start a crawl job
        </Link>
      }
    >
      Start a crawl job; its images appear here, each once, with where it came from and under which licence.
    </EmptyState>
  );
}
