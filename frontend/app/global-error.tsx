"use client";

import { CrashPage } from "@/components/errors/crash-page";
import "./globals.css";

/** Shown when even the layout failed; it follows the system's colours. */
export default function GlobalError(props: { error: unknown; retry: () => void }) {
  return (
    <html lang="en">
      <body>
        <title>Something broke · PixCrawler</title>
        <main id="main">
          <CrashPage {...props} />
        </main>
      </body>
    </html>
  );
}
