import { Skeleton } from "@/components/ui/skeleton";

/** Below the project's header, which stays while its tabs change. */
export default function Loading() {
  return (
    <div role="status" aria-label="Loading" className="space-y-4">
      <Skeleton className="h-9 w-56" />
      <Skeleton className="h-64" />
    </div>
  );
}
