import { Gallery } from "@/features/images/components/gallery";
import { readLabels } from "@/features/projects/reads";
import { requireClaims } from "@/lib/auth/claims";
import { withRls } from "@/lib/db/rls";
import { isUuid } from "@/lib/ids";

interface GalleryPageProps {
  params: Promise<{ projectId: string }>;
  searchParams: Promise<{ label?: string | string[]; job?: string | string[] }>;
}

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

export default async function GalleryPage({ params, searchParams }: GalleryPageProps) {
  const { projectId } = await params;
  // The layout answers for ids that cannot exist.
  if (!isUuid(projectId)) return null;
  const { label, job } = await searchParams;
  const crawlJobId = single(job);
  const labels = await withRls(await requireClaims(), (tx) => readLabels(tx, projectId));
  return (
    <Gallery
      projectId={projectId}
      filter={{ label: single(label), crawlJobId: crawlJobId && isUuid(crawlJobId) ? crawlJobId : undefined }}
      labels={labels}
    />
  );
}
