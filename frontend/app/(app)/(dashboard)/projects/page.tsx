import type { Metadata } from "next";
import { ProjectList } from "@/features/projects/components/project-list";
import { PROJECT_PAGE_SIZE } from "@/features/projects/keys";
import { readProjects } from "@/features/projects/reads";
import { requireClaims } from "@/lib/auth/claims";
import { withRls } from "@/lib/db/rls";

export const metadata: Metadata = { title: "Projects" };

export default async function ProjectsPage() {
  const claims = await requireClaims();
  const projects = await withRls(claims, (tx) => readProjects(tx, PROJECT_PAGE_SIZE));
  return <ProjectList initial={projects} />;
}
