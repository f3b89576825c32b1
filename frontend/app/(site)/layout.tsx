import type { ReactNode } from "react";
import { Document } from "@/components/site/document";
import { siteMetadata, siteViewport } from "@/components/site/metadata";

export const metadata = siteMetadata;
export const viewport = siteViewport;

/** Static pages. They have a root layout of their own, so that going to the app loads a page with the app's stricter policy. */
export default function SiteLayout({ children }: { children: ReactNode }) {
  return <Document>{children}</Document>;
}
