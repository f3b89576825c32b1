import { buttonClass } from "@/components/ui/button";

const LINE = {
  viewBox: "0 0 24 24",
  fill: "none",
  stroke: "currentColor",
  strokeWidth: 2,
  strokeLinecap: "round",
  strokeLinejoin: "round",
} as const;

/** Answered by the document's own script. Both icons are in the markup and CSS shows one: the server does not know the theme. */
export function ThemeToggle() {
  return (
    <button
      type="button"
      data-theme-toggle=""
      aria-label="Switch between light and dark"
      className={buttonClass({ variant: "quiet", size: "icon" })}
    >
      <svg aria-hidden="true" {...LINE} className="hidden size-4.5 dark:block">
        <circle cx="12" cy="12" r="4" />
        <path d="M12 2v2m0 16v2M4.9 4.9l1.4 1.4m11.4 11.4 1.4 1.4M2 12h2m16 0h2M6.3 17.7l-1.4 1.4M19.1 4.9l-1.4 1.4" />
      </svg>
      <svg aria-hidden="true" {...LINE} className="size-4.5 dark:hidden">
        <path d="M20.5 13.5A8.5 8.5 0 1 1 10.5 3.5a6.6 6.6 0 0 0 10 10Z" />
      </svg>
    </button>
  );
}
