import "server-only";
import { and, count, desc, eq, isNull, sql } from "drizzle-orm";
import type { Project } from "@/lib/api/types";
import type { Transaction } from "@/lib/db/rls";
import { images, projects } from "@/lib/db/schema";

// Written with an alias: inside a select from one table, Drizzle leaves the table's name off its columns.
const imageCount = sql<number>`(
  select count(*)::int from ${images} i where i.project_id = ${projects}.id and i.deleted_at is null
)`;

const columns = {
  id: projects.id,
  name: projects.name,
  description: projects.description,
  imageCount,
  createdAt: projects.createdAt,
  updatedAt: projects.updatedAt,
};

interface Row {
  id: string;
  name: string;
  description: string;
  imageCount: number;
  createdAt: Date;
  updatedAt: Date;
}

function toProject(row: Row): Project {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    image_count: row.imageCount,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** Newest first. Row level security keeps other people's projects away, so no owner is named here. */
export async function readProjects(tx: Transaction, limit: number): Promise<Project[]> {
  const rows = await tx
    .select(columns)
    .from(projects)
    .orderBy(desc(projects.createdAt), desc(projects.id))
    .limit(limit);
  return rows.map(toProject);
}

export async function readProject(tx: Transaction, id: string): Promise<Project | null> {
  const [row] = await tx.select(columns).from(projects).where(eq(projects.id, id));
  return row ? toProject(row) : null;
}

export interface LabelCount {
  label: string;
  count: number;
}

export async function readLabels(tx: Transaction, projectId: string): Promise<LabelCount[]> {
  return tx
    .select({ label: images.label, count: count() })
    .from(images)
    .where(and(eq(images.projectId, projectId), isNull(images.deletedAt)))
    .groupBy(images.label)
    .orderBy(desc(count()), images.label);
}
