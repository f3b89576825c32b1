export interface ImageFilter {
  label?: string | undefined;
  crawlJobId?: string | undefined;
}

export const imageKeys = {
  ofProject: (projectId: string) => ["images", projectId] as const,
  cover: (projectId: string) => ["project-cover", projectId] as const,
  list: (projectId: string, { label, crawlJobId }: ImageFilter) =>
    ["images", projectId, label ?? null, crawlJobId ?? null] as const,
};
