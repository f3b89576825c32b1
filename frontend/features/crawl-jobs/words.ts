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
  bad_url: "This is not a usable address",
  address_forbidden: "The address is not on the public internet",
  robots_disallowed: "The site's robots.txt forbids it",
  opted_out: "The source opted out of data mining",
  not_found: "The server has no such file",
  access_denied: "The server does not allow it",
  http_error: "The server refused the request",
  too_many_redirects: "Redirected too often",
  too_large: "The file is too large",
  not_a_page: "The answer is not a web page",
  not_an_image: "The answer is not an image",
  unsupported_format: "This image format is not supported",
  corrupt: "The file is damaged",
  too_small: "Smaller than the minimum size",
  too_many_pixels: "The image has too many pixels",
  dns_failed: "The host name was not found",
  unreachable: "The server could not be reached",
  timeout: "The server took too long",
  tls_error: "The secure connection failed",
  incomplete: "The transfer broke off",
  rate_limited: "The server asked to slow down",
  server_error: "The server had an error",
  robots_unreachable: "The site's robots.txt could not be read",
  limit_reached: "The job had enough images",
  no_images: "No image was found",
  chunk_abandoned: "Given up after several attempts",
  exact: "The same file is already in the project",
  near: "Looks like an image already in the project",
};

/** An unknown reason is shown as it is, made readable: better than nothing, and it can be searched. */
export function reasonText(reason: string | null): string {
  if (!reason) return "";
  return REASONS[reason] ?? reason.replaceAll("_", " ");
}

const ANOTHER_TIME = "Try again in a while.";

/** What can be done about a reason that ended a whole job. */
const MENDS: Record<string, string> = {
  no_images:
    "The page may show its images by script only: enter the addresses of the images themselves, as a URL list.",
  not_a_page: "For addresses of images, make a job with the source URL list.",
  not_an_image: "For addresses of pages, make a job with the source Web page.",
  too_small: "Make a job with a lower minimum size.",
  bad_url: "Check the addresses for typing errors.",
  not_found: "Check that the addresses open in a browser.",
  dns_failed: "Check the spelling of the host name.",
  access_denied: "Only files that need no sign-in can be crawled.",
  robots_disallowed: "Ask the site's owner, or choose another source.",
  opted_out: "Choose another source.",
  unreachable: ANOTHER_TIME,
  timeout: ANOTHER_TIME,
  incomplete: ANOTHER_TIME,
  rate_limited: ANOTHER_TIME,
  server_error: ANOTHER_TIME,
  robots_unreachable: ANOTHER_TIME,
};

/** `all_failed:REASON` says that nothing was stored, and what was in the way most often. */
export function jobErrorText(error: string): string {
  const [summary = "", detail] = error.split(":");
  const isSummed = summary === "all_failed" && detail;
  const reason = isSummed ? detail : error;
  const text = isSummed ? `No address gave an image. Most often: ${reasonText(reason)}.` : `${reasonText(reason)}.`;
  return MENDS[reason] ? `${text} ${MENDS[reason]}` : text;
}
