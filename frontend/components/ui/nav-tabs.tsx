"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { cx } from "./cx";

export interface NavTab {
  href: string;
  label: string;
  /** Only this exact path, not those below it. */
  isExact?: boolean;
}

export function NavTabs({ label, tabs }: { label: string; tabs: readonly NavTab[] }) {
  const pathname = usePathname();
  return (
    <nav aria-label={label} className="-mx-4 overflow-x-auto border-b border-rule px-4 sm:mx-0 sm:px-0">
      <ul className="flex gap-1">
        {tabs.map(({ href, label: text, isExact }) => {
          const isCurrent = isExact ? pathname === href : pathname === href || pathname.startsWith(`${href}/`);
          return (
            <li key={href}>
              <Link
                href={href}
                aria-current={isCurrent ? "page" : undefined}
                className={cx(
                  "block border-b-2 px-3 py-2.5 text-sm font-medium outline-offset-[-3px] transition-colors",
                  isCurrent ? "border-lamp text-ink" : "border-transparent text-ink-soft hover:text-ink",
                )}
              >
                {text}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
