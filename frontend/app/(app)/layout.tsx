import { headers } from "next/headers";
import type { ReactNode } from "react";
import { Document } from "@/components/site/document";
import { siteMetadata, siteViewport } from "@/components/site/metadata";

export const metadata = { ...siteMetadata, robots: { index: false } };
export const viewport = siteViewport;

export default async function AppLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return <Document nonce={nonce}>{children}</Document>;
}
