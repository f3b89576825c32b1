import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache, type ReactNode } from "react";
import { ProjectHeader } from "@/features/projects/components/project-header";
import { readProject } from "@/features/projects/reads";
import { requireClaims } from "@/lib/auth/claims";
import { withRls } from "@/lib/db/rls";
import { isUuid } from "@/lib/ids";

interface LayoutProps {
  params: Promise<{ projectId: string }>;
  children: ReactNode;
}

const load = cache(async (id: string) => {
  if (!isUuid(id)) return null;
  return withRls(await requireClaims(), (tx) => readProject(tx, id));
});

export async function generateMetadata({ params }: LayoutProps): Promise<Metadata> {
  const project = await load((await params).projectId);
  return { title: { default: project?.name ?? "Not found", template: `%s · ${project?.name ?? ""} · PixCrawler` } };
}

export default async function ProjectLayout({ params, children }: LayoutProps) {
  const project = await load((await params).projectId);
  if (!project) notFound();
  return (
    <>
      <ProjectHeader project={project} />
      <div className="pt-6">{children}</div>
    </>
  );
}
