import { cx } from "./cx";

/** The shape of what is coming. The region around it says that it is loading. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden="true" className={cx("animate-sweep rounded-xl bg-well", className)} />;
}
