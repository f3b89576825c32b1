import type { Metadata, Viewport } from "next";
import { env } from "@/lib/env";

export const DESCRIPTION =
  "PixCrawler turns URL lists and web pages into clean, deduplicated, labelled image datasets with their licences.";

export const siteMetadata: Metadata = {
  metadataBase: new URL(env.NEXT_PUBLIC_APP_URL),
  title: { default: "PixCrawler: image datasets with their licences", template: "%s · PixCrawler" },
  description: DESCRIPTION,
  applicationName: "PixCrawler",
  openGraph: { type: "website", siteName: "PixCrawler", title: "PixCrawler", description: DESCRIPTION },
};

export const siteViewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fbf9f6" },
    { media: "(prefers-color-scheme: dark)", color: "#14100d" },
  ],
};
