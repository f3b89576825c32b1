import type { ReactNode } from "react";

interface EmptyStateProps {
  title: string;
  children: ReactNode;
  action?: ReactNode;
}

/** What is not there yet, and the next step. */
export function EmptyState({ title, children, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center rounded-2xl border border-dashed border-rule-strong/60 px-6 py-14 text-center">
      <Frames />
      <h2 className="mt-6 text-lg font-semibold">{title}</h2>
      <p className="mt-1.5 max-w-md text-[0.9375rem] text-ink-soft">{children}</p>
      {action && <div className="mt-6">{action}</div>}
    </div>
  );
}

function Frames() {
  return (
    <svg aria-hidden="true" viewBox="0 0 120 44" className="h-11 text-rule-strong" fill="none" stroke="currentColor">
      <rect x="1" y="5" width="34" height="34" rx="6" strokeDasharray="4 4" />
      <rect x="43" y="5" width="34" height="34" rx="6" className="text-lamp" strokeWidth="2" />
      <path d="M60 15v14m-7-7h14" className="text-lamp" strokeWidth="2" strokeLinecap="round" />
      <rect x="85" y="5" width="34" height="34" rx="6" strokeDasharray="4 4" />
    </svg>
  );
}
