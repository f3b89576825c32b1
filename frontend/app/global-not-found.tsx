import type { Metadata } from "next";
import { Document } from "@/components/site/document";
import { LogoMark } from "@/components/site/logo";
import { buttonClass } from "@/components/ui/button";

export const metadata: Metadata = { title: "Page not found · PixCrawler", robots: { index: false } };

export default function GlobalNotFound() {
  return (
    <Document>
      <main id="main" className="mx-auto grid min-h-dvh max-w-md content-center px-4 text-center">
        <LogoMark className="mx-auto size-12" />
        <h1 className="mt-8 text-3xl font-semibold">This frame is empty</h1>
        <p className="mt-3 text-ink-soft">There is no page at this address.</p>
        <p className="mt-8">
          <a href="/" className={buttonClass({ size: "large" })}>
            Go to the start page
          </a>
        </p>
      </main>
    </Document>
  );
}
