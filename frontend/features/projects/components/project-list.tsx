"use client";

import { Images, Plus } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { ErrorPanel } from "@/components/errors/error-panel";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import type { Project } from "@/lib/api/types";
import { formatDate, plural } from "@/lib/format";
import { useCreateProject, useProjects } from "../queries";
import { ProjectCover } from "./project-cover";
import { ProjectDialog } from "./project-dialog";

export function ProjectList({ initial }: { initial: Project[] }) {
  const router = useRouter();
  const query = useProjects(initial);
  const create = useCreateProject();
  const [isCreating, setCreating] = useState(false);
  const projects = query.data.pages.flatMap((page) => page.items);
  const open = () => {
    create.reset();
    setCreating(true);
  };
  const createButton = (
    <Button onClick={open}>
      <Plus aria-hidden="true" className="size-4" />
      New project
    </Button>
  );
  return (
    <>
      <div className="mb-6 flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-2xl font-semibold">Projects</h1>
        {projects.length > 0 && createButton}
      </div>
      {query.isError && (
        <div className="mb-6">
          <ErrorPanel error={query.error} onRetry={() => query.refetch()} />
        </div>
      )}
      {projects.length === 0 ? (
        <EmptyState title="Start your first dataset" action={createButton}>
          Make a project, give it a list of image addresses or a web page, and watch the images come in.
        </EmptyState>
      ) : (
        <ul className="grid grid-cols-1 gap-4 sm:grid-cols-2 lg:grid-cols-3 2xl:grid-cols-4">
          {projects.map((project) => (
            <li key={project.id}>
              <ProjectCard project={project} />
            </li>
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <div className="mt-6 text-center">
          <Button variant="secondary" isBusy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
      <ProjectDialog
        isOpen={isCreating}
        onOpenChange={setCreating}
        title="New project"
        submitLabel="Create project"
        isPending={create.isPending}
        error={create.error}
        onSubmit={(values) => create.mutate(values, { onSuccess: ({ id }) => router.push(`/projects/${id}`) })}
      />
    </>
  );
}

function ProjectCard({ project }: { project: Project }) {
  return (
    <Link
      href={`/projects/${project.id}`}
      className="group flex h-full flex-col rounded-2xl border border-rule bg-sheet p-5 transition-shadow hover:border-rule-strong/60 hover:shadow-sheet"
    >
      <ProjectCover project={project} />
      <h2 dir="auto" className="font-semibold wrap-anywhere group-hover:text-lamp-text">
        {project.name}
      </h2>
      {project.description && (
        <p dir="auto" className="mt-1 line-clamp-2 text-sm wrap-anywhere text-ink-soft">
          {project.description}
        </p>
      )}
      <p className="mt-auto flex pt-3 items-center gap-2 text-sm text-ink-soft">
        <Images aria-hidden="true" className="size-4" />
        <span className="text-ink tabular-nums">{plural(project.image_count, "image")}</span>
        <span aria-hidden="true">·</span>
        {formatDate(project.created_at)}
      </p>
    </Link>
  );
}
