import type { Metadata } from "next";
import { ExportList } from "@/features/exports/components/export-list";

export const metadata: Metadata = { title: "Exports" };

export default async function ExportsPage({ params }: { params: Promise<{ projectId: string }> }) {
  const { projectId } = await params;
  return <ExportList projectId={projectId} />;
}
