"use client";

import { Ellipsis, Pencil, Plus, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { ErrorPanel } from "@/components/errors/error-panel";
import { Button, buttonClass } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Menu, MenuItem } from "@/components/ui/menu";
import { NavTabs } from "@/components/ui/nav-tabs";
import type { Project } from "@/lib/api/types";
import { plural } from "@/lib/format";
import { useDeleteProject, useProject, useUpdateProject } from "../queries";
import { ProjectDialog } from "./project-dialog";

export function ProjectHeader({ project: initial }: { project: Project }) {
  const { data: project } = useProject(initial);
  const [open, setOpen] = useState<"edit" | "delete" | null>(null);
  const base = `/projects/${project.id}`;
  const close = () => setOpen(null);
  return (
    <div>
      <Link href="/projects" className="text-sm text-ink-soft hover:text-ink">
        ← Projects
      </Link>
      <div className="mt-2 mb-4 flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 flex-1 basis-64">
          <h1 dir="auto" className="text-2xl font-semibold wrap-anywhere">
            {project.name}
          </h1>
          {project.description && (
            <p dir="auto" className="mt-1 max-w-2xl wrap-anywhere text-ink-soft">
              {project.description}
            </p>
          )}
        </div>
        <div className="flex gap-2">
          <Link href={`${base}/jobs/new`} className={buttonClass()}>
            <Plus aria-hidden="true" className="size-4" />
            New crawl job
          </Link>
          <Menu
            label="Project actions"
            trigger={<Ellipsis aria-hidden="true" className="size-4.5" />}
            triggerClass={buttonClass({ variant: "secondary", size: "square" })}
          >
            <MenuItem onSelect={() => setOpen("edit")}>
              <Pencil aria-hidden="true" className="size-4" />
              Rename
            </MenuItem>
            <MenuItem tone="danger" onSelect={() => setOpen("delete")}>
              <Trash2 aria-hidden="true" className="size-4" />
              Delete project
            </MenuItem>
          </Menu>
        </div>
      </div>
      <NavTabs
        label="Project"
        tabs={[
          { href: base, label: "Gallery", isExact: true },
          { href: `${base}/jobs`, label: "Jobs" },
          { href: `${base}/exports`, label: "Exports" },
        ]}
      />
      <EditDialog project={project} isOpen={open === "edit"} onClose={close} />
      <DeleteDialog project={project} isOpen={open === "delete"} onClose={close} />
    </div>
  );
}

interface ProjectActionProps {
  project: Project;
  isOpen: boolean;
  onClose: () => void;
}

function EditDialog({ project, isOpen, onClose }: ProjectActionProps) {
  const router = useRouter();
  const update = useUpdateProject(project.id);
  return (
    <ProjectDialog
      isOpen={isOpen}
      onOpenChange={onClose}
      title="Rename project"
      submitLabel="Save"
      initial={project}
      isPending={update.isPending}
      error={update.error}
      onSubmit={(values) =>
        update.mutate(values, {
          onSuccess: () => {
            onClose();
            // The title of the tab is the server's.
            router.refresh();
          },
        })
      }
    />
  );
}

function DeleteDialog({ project, isOpen, onClose }: ProjectActionProps) {
  const router = useRouter();
  const remove = useDeleteProject(project.id);
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onClose}
      title={`Delete “${project.name}”?`}
      description={`${plural(project.image_count, "image")}, all crawl jobs and all exports of it go with it. This cannot be undone.`}
    >
      {remove.isError && <ErrorPanel error={remove.error} />}
      <div className="mt-2 flex justify-end gap-2">
        <Button variant="secondary" onClick={onClose} data-autofocus="">
          Keep it
        </Button>
        <Button
          variant="danger"
          isBusy={remove.isPending}
          onClick={() => remove.mutate(undefined, { onSuccess: () => router.push("/projects") })}
        >
          Delete project
        </Button>
      </div>
    </Dialog>
  );
}
