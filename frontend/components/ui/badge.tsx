import type { ReactNode } from "react";
import { cx } from "./cx";

const TONES = {
  neutral: "bg-well text-ink-soft",
  lamp: "bg-lamp-wash text-lamp-text",
  moss: "bg-moss-wash text-moss",
  sky: "bg-sky-wash text-sky",
  ochre: "bg-ochre-wash text-ochre",
  wine: "bg-wine-wash text-wine",
};

export type Tone = keyof typeof TONES;

export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={cx(
        "inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-xs font-medium whitespace-nowrap",
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}
