import { toast } from "sonner";
import { toApiError } from "@/lib/api/errors";

export function notifyError(doing: string, error: unknown): void {
  const { detail, requestId } = toApiError(error);
  toast.error(`${doing} failed`, { description: requestId ? `${detail} (request ${requestId})` : detail });
}
