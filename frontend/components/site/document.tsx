import type { ReactNode } from "react";
import "@/app/globals.css";
import { inter } from "./fonts";
import { THEME_SCRIPT } from "./theme";

/** The outermost markup of every page. `nonce` is known only to pages rendered for each request. */
export function Document({ nonce, children }: { nonce?: string | undefined; children: ReactNode }) {
  return (
    <html lang="en" className={inter.variable} suppressHydrationWarning>
      <body className="min-h-dvh">
        {/* Browsers hide the nonce from scripts, so the markup never equals what React expects. */}
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of ours. */}
        <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: THEME_SCRIPT }} />
        <a
          href="#main"
          className="sr-only z-50 rounded-lg bg-ink px-4 py-2 text-ink-inverse focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
        >
          Skip to content
        </a>
        {children}
      </body>
    </html>
  );
}
