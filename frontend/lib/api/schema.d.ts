type Json<T> = { headers: { [name: string]: unknown }; content: { "application/json": T } };
type Empty = { headers: { [name: string]: unknown }; content?: never };
type Problems = { default: Json<components["schemas"]["Problem"]> };
type Body<T> = { content: { "application/json": T } };
type Page<T> = { items: T[]; next_cursor: string | null };
type Operation<Path, Query, Request, Responses> = {
  parameters: { query?: Query; header?: never; cookie?: never } & ([Path] extends [never] ? { path?: never } : { path: Path });
  responses: Responses & Problems;
} & ([Request] extends [never] ? { requestBody?: never } : { requestBody: Request });
type Get<Path, Result, Query = never> = Operation<Path, Query, never, { 200: Json<Result> }>;
type Send<Path, Request, Responses> = Operation<Path, never, Body<Request>, Responses>;
type Act<Path, Responses> = Operation<Path, never, never, Responses>;
type Methods<M> = M & {
  parameters: { query?: never; header?: never; path?: never; cookie?: never };
  get?: unknown;
};
interface Cursor {
  limit?: number;
  cursor?: string;
}

export interface paths {
  "/api/v1/projects": Methods<{
    get: Get<never, Page<components["schemas"]["Project"]>, Cursor>;
    post: Send<never, components["schemas"]["ProjectCreate"], { 201: Json<components["schemas"]["Project"]> }>;
  }>;
  "/api/v1/projects/{project_id}": Methods<{
    get: Get<{ project_id: string }, components["schemas"]["Project"]>;
    patch: Send<{ project_id: string }, components["schemas"]["ProjectUpdate"], { 200: Json<components["schemas"]["Project"]> }>;
    delete: Act<{ project_id: string }, { 204: Empty }>;
  }>;
  "/api/v1/projects/{project_id}/images": Methods<{
    get: Get<{ project_id: string }, Page<components["schemas"]["Image"]>, Cursor & { label?: string; crawl_job_id?: string }>;
  }>;
  "/api/v1/projects/{project_id}/exports": Methods<{
    get: Get<{ project_id: string }, Page<components["schemas"]["Export"]>, Cursor>;
    post: Send<{ project_id: string }, { format: "imagefolder" }, { 202: Json<components["schemas"]["Export"]> }>;
  }>;
  "/api/v1/crawl-jobs": Methods<{
    get: Get<never, Page<components["schemas"]["CrawlJob"]>, Cursor & { project_id?: string; status?: components["schemas"]["JobStatus"] }>;
    post: Send<never, components["schemas"]["CrawlJobCreate"], { 201: Json<components["schemas"]["CrawlJob"]> }>;
  }>;
  "/api/v1/crawl-jobs/{crawl_job_id}": Methods<{
    get: Get<{ crawl_job_id: string }, components["schemas"]["CrawlJob"]>;
    delete: Act<{ crawl_job_id: string }, { 204: Empty }>;
  }>;
  "/api/v1/crawl-jobs/{crawl_job_id}/start": Methods<{
    post: Act<{ crawl_job_id: string }, { 202: Json<components["schemas"]["CrawlJob"]> }>;
  }>;
  "/api/v1/crawl-jobs/{crawl_job_id}/stop": Methods<{
    post: Act<{ crawl_job_id: string }, { 202: Json<components["schemas"]["CrawlJob"]> }>;
  }>;
  "/api/v1/crawl-jobs/{crawl_job_id}/retry": Methods<{
    post: Act<{ crawl_job_id: string }, { 202: Json<components["schemas"]["CrawlJob"]> }>;
  }>;
  "/api/v1/crawl-jobs/{crawl_job_id}/progress": Methods<{
    get: Get<{ crawl_job_id: string }, components["schemas"]["Progress"]>;
  }>;
  "/api/v1/crawl-jobs/{crawl_job_id}/urls": Methods<{
    get: Get<{ crawl_job_id: string }, Page<components["schemas"]["CrawlUrl"]>, Cursor & { state?: components["schemas"]["UrlState"] }>;
  }>;
  "/api/v1/crawl-jobs/{crawl_job_id}/images": Methods<{
    get: Get<{ crawl_job_id: string }, Page<components["schemas"]["Image"]>, Cursor>;
  }>;
  "/api/v1/images/{image_id}": Methods<{
    get: Get<{ image_id: string }, components["schemas"]["Image"]>;
    patch: Send<{ image_id: string }, { label?: string; deleted?: boolean }, { 200: Json<components["schemas"]["Image"]> }>;
    delete: Act<{ image_id: string }, { 204: Empty }>;
  }>;
  "/api/v1/images/batch-delete": Methods<{
    post: Send<never, { ids: string[] }, { 200: Json<{ deleted: number }> }>;
  }>;
}

export interface components {
  schemas: {
    Problem: { type: string; title: string; status: number; detail?: string; request_id?: string };
    Project: { id: string; name: string; description: string; image_count: number; created_at: string; updated_at: string };
    ProjectCreate: { name: string; description?: string };
    ProjectUpdate: { name?: string; description?: string };
    JobStatus: "pending" | "running" | "stopping" | "stopped" | "completed" | "failed";
    UrlState: "pending" | "discovered" | "stored" | "duplicate" | "rejected" | "failed";
    SourceType: "url_list" | "web_page";
    Counters: {
      urls_total: number;
      urls_done: number;
      images_stored: number;
      images_duplicate: number;
      urls_rejected: number;
      urls_failed: number;
    };
    CrawlJob: {
      id: string;
      project_id: string;
      name: string;
      source_type: components["schemas"]["SourceType"];
      sources: string[];
      label: string;
      max_images: number;
      min_size: number;
      status: components["schemas"]["JobStatus"];
      error: string | null;
      progress: components["schemas"]["Counters"];
      version: number;
      created_at: string;
      started_at: string | null;
      finished_at: string | null;
    };
    CrawlJobCreate: {
      project_id: string;
      name?: string;
      source_type: components["schemas"]["SourceType"];
      sources: string[];
      label?: string;
      max_images?: number;
      min_size?: number;
    };
    Progress: components["schemas"]["Counters"] & {
      crawl_job_id: string;
      version: number;
      status: components["schemas"]["JobStatus"];
      error: string | null;
      started_at: string | null;
      finished_at: string | null;
    };
    CrawlUrl: {
      id: number;
      kind: "page" | "image";
      url: string;
      source_page: string | null;
      state: components["schemas"]["UrlState"];
      reason: string | null;
      http_status: number | null;
      image_id: string | null;
    };
    Image: {
      id: string;
      project_id: string;
      crawl_job_id: string | null;
      width: number;
      height: number;
      format: string;
      bytes: number;
      sha256: string;
      label: string;
      source_url: string;
      source_page: string | null;
      alt_text: string | null;
      licence: string | null;
      licence_url: string | null;
      author: string | null;
      fetched_at: string;
      deleted_at: string | null;
      thumbnail_url: string;
      download_url: string;
    };
    Export: {
      id: string;
      project_id: string;
      version: number;
      format: string;
      status: "pending" | "ready" | "failed";
      image_count: number;
      bytes: number;
      sha256: string | null;
      error: string | null;
      created_at: string;
      finished_at: string | null;
      download_url: string | null;
    };
  };
}
