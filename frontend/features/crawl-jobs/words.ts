import type { Tone } from "@/components/ui/badge";
import type { JobStatus, SourceType, UrlState } from "@/lib/api/types";

export const STATUS: Record<JobStatus, { label: string; tone: Tone }> = {
  pending: { label: "Not started", tone: "neutral" },
  running: { label: "Running", tone: "lamp" },
  stopping: { label: "Stopping", tone: "ochre" },
  stopped: { label: "Stopped", tone: "ochre" },
  completed: { label: "Completed", tone: "moss" },
  failed: { label: "Failed", tone: "wine" },
};

export const SOURCE_TYPE: Record<SourceType, string> = { url_list: "URL list", web_page: "Web page" };

export const URL_STATE: Record<UrlState, { label: string; tone: Tone }> = {
  pending: { label: "Waiting", tone: "neutral" },
  discovered: { label: "Read", tone: "sky" },
  stored: { label: "Stored", tone: "moss" },
  duplicate: { label: "Duplicate", tone: "sky" },
  rejected: { label: "Rejected", tone: "ochre" },
  failed: { label: "Failed", tone: "wine" },
};

const REASONS: Record<string, string> = {
  not_found: "The server has no such file",
  gone: "The server says it is gone for good",
  forbidden: "The server does not allow it",
  not_an_image: "The answer is not an image",
  not_a_page: "The answer is not a web page",
  no_images: "The page has no images",
  corrupt: "The file is damaged",
  too_small: "Smaller than the minimum size",
  too_large: "The file is too large",
  too_many_pixels: "The image has too many pixels",
  unsupported_format: "This image format is not supported",
  animated: "Animated images are left out",
  robots_disallowed: "The site's robots.txt forbids it",
  address_forbidden: "The address is not on the public internet",
  opted_out: "The site opted out of data mining",
  bad_url: "This is not a usable address",
  too_many_redirects: "Redirected too often",
  limit_reached: "The job had enough images",
  unreachable: "The server could not be reached",
  timeout: "The server took too long",
  server_error: "The server had an error",
  rate_limited: "The server asked to slow down",
  tls_error: "The secure connection failed",
  dns_failed: "The host name was not found",
  exact: "The same file is already in the project",
  near: "Looks like an image already in the project",
};

/** An unknown reason is shown as it is, made readable: better than nothing, and it can be searched. */
export function reasonText(reason: string | null): string {
  if (!reason) return "";
  return REASONS[reason] ?? reason.replaceAll("_", " ");
}
