import { Badge } from "@/components/ui/badge";
import type { JobStatus } from "@/lib/api/types";
import { isMoving } from "../progress";
import { STATUS } from "../words";

export function StatusBadge({ status }: { status: JobStatus }) {
  const { label, tone } = STATUS[status];
  return (
    <Badge tone={tone}>
      <span
        aria-hidden="true"
        className={`size-1.5 rounded-full bg-current ${isMoving(status) ? "animate-sweep" : ""}`}
      />
      {label}
    </Badge>
  );
}
