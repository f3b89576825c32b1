import type { components } from "./schema";

type Schemas = components["schemas"];

export type Project = Schemas["Project"];
export type CrawlJob = Schemas["CrawlJob"];
export type CrawlJobCreate = Schemas["CrawlJobCreate"];
export type JobStatus = CrawlJob["status"];
export type SourceType = CrawlJob["source_type"];
export type Counters = CrawlJob["progress"];
export type Progress = Schemas["Progress"];
export type CrawlUrl = Schemas["CrawlUrl"];
export type UrlState = CrawlUrl["state"];
export type Image = Schemas["Image"];
export type Export = Schemas["Export"];

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
