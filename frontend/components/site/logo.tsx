const FRAMES = [
  [0, 1],
  [1, 0.5],
  [2, 0.25],
  [3, 0.5],
  [5, 0.5],
  [6, 0.25],
  [7, 0.5],
  [8, 1],
] as const;

/** A contact sheet with the one frame that was chosen. */
export function LogoMark({ className = "size-7" }: { className?: string }) {
  return (
    <svg aria-hidden="true" viewBox="0 0 26 26" className={className}>
      {FRAMES.map(([cell, opacity]) => (
        <rect
          key={cell}
          x={(cell % 3) * 9}
          y={Math.floor(cell / 3) * 9}
          width="7.2"
          height="7.2"
          rx="1.8"
          fill="currentColor"
          opacity={opacity}
        />
      ))}
      <rect x="7.9" y="7.9" width="9.4" height="9.4" rx="2.4" className="fill-lamp" />
    </svg>
  );
}

export function Logo() {
  return (
    <span className="inline-flex items-center gap-2.5 font-semibold tracking-tight">
      <LogoMark />
      PixCrawler
    </span>
  );
}
