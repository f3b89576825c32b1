import { cx } from "./cx";

export interface Segment {
  label: string;
  value: number;
  className: string;
}

interface ProgressBarProps {
  label: string;
  total: number;
  segments: readonly Segment[];
  isActive: boolean;
}

/** A bar that also shows what the finished part consists of. */
export function ProgressBar({ label, total, segments, isActive }: ProgressBarProps) {
  const done = segments.reduce((sum, segment) => sum + segment.value, 0);
  const percent = total > 0 ? Math.min(100, (done / total) * 100) : 0;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(percent)}
      aria-valuetext={`${done} of ${total}`}
      className={cx("flex h-3 overflow-hidden rounded-full bg-well", isActive && total === 0 && "animate-sweep")}
    >
      {segments.map((segment) => (
        <div
          key={segment.label}
          className={cx("h-full transition-[width] duration-500", segment.className)}
          style={{ width: total > 0 ? `${(segment.value / total) * 100}%` : 0 }}
        />
      ))}
    </div>
  );
}
