import type { LabelCount } from "@/features/projects/reads";
import type { ImageFilter } from "./keys";

/** How many images fit the filter; null where the labels do not tell. */
export function countOf(labels: readonly LabelCount[], { label, crawlJobId }: ImageFilter): number | null {
  if (crawlJobId) return null;
  const fitting = label ? labels.filter((entry) => entry.label === label) : labels;
  return fitting.length > 0 || label ? fitting.reduce((sum, { count }) => sum + count, 0) : null;
}
