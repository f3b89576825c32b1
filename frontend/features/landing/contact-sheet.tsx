import { cx } from "@/components/ui/cx";

type Verdict = "stored" | "duplicate" | "rejected";

interface Frame {
  hue: number;
  shape: "hill" | "sun" | "leaf" | "tower" | "wave";
  verdict: Verdict;
  note: string;
}

const FRAMES: readonly Frame[] = [
  { hue: 40, shape: "hill", verdict: "stored", note: "CC BY 4.0" },
  { hue: 150, shape: "leaf", verdict: "stored", note: "CC0" },
  { hue: 40, shape: "hill", verdict: "duplicate", note: "seen before" },
  { hue: 240, shape: "wave", verdict: "stored", note: "CC BY-SA" },
  { hue: 20, shape: "tower", verdict: "rejected", note: "32 × 32 px" },
  { hue: 75, shape: "sun", verdict: "stored", note: "CC BY 2.0" },
  { hue: 205, shape: "tower", verdict: "stored", note: "CC0" },
  { hue: 320, shape: "leaf", verdict: "rejected", note: "robots.txt" },
  { hue: 265, shape: "hill", verdict: "stored", note: "CC BY 4.0" },
  { hue: 240, shape: "wave", verdict: "duplicate", note: "resized copy" },
  { hue: 175, shape: "sun", verdict: "stored", note: "CC BY-NC" },
  { hue: 110, shape: "hill", verdict: "stored", note: "CC0" },
];

const SHAPES: Record<Frame["shape"], string> = {
  hill: "M0 80 L34 38 L52 60 L72 30 L120 80 Z",
  sun: "M60 18a22 22 0 1 0 .1 0Z M0 72H120V80H0Z",
  leaf: "M26 70C22 34 52 12 98 12 98 54 72 76 26 70Z",
  tower: "M20 80V40H40V22H58V80Z M66 80V50H100V80Z",
  wave: "M0 52C20 38 40 66 60 52S100 38 120 52V80H0Z",
};

const TONE: Record<Verdict, string> = { stored: "text-moss", duplicate: "text-sky", rejected: "text-ochre" };

/** What a crawl does, drawn: every frame ends as stored, as a duplicate, or refused with a reason. */
export function ContactSheet() {
  return (
    <div
      role="img"
      aria-label="A contact sheet: eight frames are kept with their licences, two are crossed out as duplicates, two are refused as too small and forbidden by robots.txt."
      className="rounded-3xl border border-rule bg-sheet p-3 shadow-sheet sm:p-4"
    >
      <div aria-hidden="true" className="grid grid-cols-3 gap-2 sm:grid-cols-4 sm:gap-3">
        {FRAMES.map((frame, index) => (
          <FrameView key={`${frame.hue}-${frame.note}`} frame={frame} number={index + 1} />
        ))}
      </div>
    </div>
  );
}

function FrameView({ frame: { hue, shape, verdict, note }, number }: { frame: Frame; number: number }) {
  const isKept = verdict === "stored";
  return (
    <figure className="min-w-0">
      <svg viewBox="0 0 120 80" className="w-full rounded-lg" aria-hidden="true">
        <g opacity={isKept ? 1 : 0.38}>
          <rect width="120" height="80" fill={`oklch(0.88 0.05 ${hue})`} />
          <path d={SHAPES[shape]} fill={`oklch(0.56 0.11 ${hue})`} />
          <circle cx="98" cy="18" r="7" fill={`oklch(0.96 0.04 ${hue})`} opacity="0.9" />
        </g>
        {isKept ? (
          <rect x="2.5" y="2.5" width="115" height="75" rx="7" fill="none" strokeWidth="3" className="stroke-lamp" />
        ) : (
          <path d="M16 66 L104 14" strokeWidth="4" strokeLinecap="round" className="stroke-lamp" />
        )}
      </svg>
      <figcaption className="mt-1 flex items-baseline gap-1.5 font-mono text-[0.6875rem] leading-4">
        <span className="hidden text-ink-soft tabular-nums sm:inline">{String(number).padStart(2, "0")}</span>
        <span className={cx("truncate", TONE[verdict])}>{note}</span>
      </figcaption>
    </figure>
  );
}
