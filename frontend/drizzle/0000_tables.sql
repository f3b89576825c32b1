CREATE TABLE "crawl_jobs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"project_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"name" text NOT NULL,
	"source_type" text NOT NULL,
	"sources" text[] NOT NULL,
	"label" text DEFAULT '' NOT NULL,
	"max_images" integer DEFAULT 500 NOT NULL,
	"min_size" integer DEFAULT 64 NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"error" text,
	"version" bigint DEFAULT 0 NOT NULL,
	"urls_total" integer DEFAULT 0 NOT NULL,
	"urls_done" integer DEFAULT 0 NOT NULL,
	"images_stored" integer DEFAULT 0 NOT NULL,
	"images_duplicate" integer DEFAULT 0 NOT NULL,
	"urls_rejected" integer DEFAULT 0 NOT NULL,
	"urls_failed" integer DEFAULT 0 NOT NULL,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "crawl_jobs_source_type_check" CHECK ("crawl_jobs"."source_type" in ('url_list', 'web_page')),
	CONSTRAINT "crawl_jobs_status_check" CHECK ("crawl_jobs"."status" in ('pending', 'running', 'stopping', 'stopped', 'completed', 'failed')),
	CONSTRAINT "crawl_jobs_max_images_check" CHECK ("crawl_jobs"."max_images" between 1 and 100000),
	CONSTRAINT "crawl_jobs_min_size_check" CHECK ("crawl_jobs"."min_size" between 1 and 10000)
);
--> statement-breakpoint
ALTER TABLE "crawl_jobs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "crawl_urls" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "crawl_urls_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"crawl_job_id" uuid NOT NULL,
	"chunk_id" uuid,
	"kind" text NOT NULL,
	"url" text NOT NULL,
	"source_page" text,
	"alt_text" text,
	"licence" text,
	"licence_url" text,
	"author" text,
	"state" text DEFAULT 'pending' NOT NULL,
	"reason" text,
	"http_status" integer,
	"image_id" uuid,
	"attempts" integer DEFAULT 0 NOT NULL,
	"finished_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "crawl_urls_crawl_job_id_url_unique" UNIQUE("crawl_job_id","url"),
	CONSTRAINT "crawl_urls_kind_check" CHECK ("crawl_urls"."kind" in ('page', 'image')),
	CONSTRAINT "crawl_urls_url_check" CHECK (length("crawl_urls"."url") between 1 and 2048),
	CONSTRAINT "crawl_urls_state_check" CHECK ("crawl_urls"."state" in ('pending', 'discovered', 'stored', 'duplicate', 'rejected', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "crawl_urls" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "exports" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"project_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"format" text NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"image_count" integer DEFAULT 0 NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"sha256" text,
	"storage_key" text,
	"error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "exports_project_id_version_unique" UNIQUE("project_id","version"),
	CONSTRAINT "exports_format_check" CHECK ("exports"."format" in ('imagefolder')),
	CONSTRAINT "exports_status_check" CHECK ("exports"."status" in ('pending', 'ready', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "exports" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "images" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "images_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"project_id" uuid NOT NULL,
	"crawl_job_id" uuid,
	"user_id" uuid NOT NULL,
	"sha256" text NOT NULL,
	"phash" bigint NOT NULL,
	"width" integer NOT NULL,
	"height" integer NOT NULL,
	"format" text NOT NULL,
	"bytes" integer NOT NULL,
	"label" text DEFAULT '' NOT NULL,
	"source_url" text NOT NULL,
	"source_page" text,
	"alt_text" text,
	"licence" text,
	"licence_url" text,
	"author" text,
	"fetched_at" timestamp with time zone NOT NULL,
	"deleted_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "images_project_id_sha256_unique" UNIQUE("project_id","sha256"),
	CONSTRAINT "images_sha256_check" CHECK ("images"."sha256" ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "images_format_check" CHECK ("images"."format" in ('jpeg', 'png', 'webp', 'gif')),
	CONSTRAINT "images_size_check" CHECK ("images"."width" > 0 and "images"."height" > 0 and "images"."bytes" > 0)
);
--> statement-breakpoint
ALTER TABLE "images" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "job_chunks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"crawl_job_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"kind" text NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"lease_owner" text,
	"lease_until" timestamp with time zone,
	"fence" bigint DEFAULT 0 NOT NULL,
	"not_before" timestamp with time zone DEFAULT now() NOT NULL,
	"last_error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "job_chunks_crawl_job_id_seq_unique" UNIQUE("crawl_job_id","seq"),
	CONSTRAINT "job_chunks_kind_check" CHECK ("job_chunks"."kind" in ('discover', 'fetch')),
	CONSTRAINT "job_chunks_state_check" CHECK ("job_chunks"."state" in ('pending', 'dispatched', 'running', 'done', 'dead', 'cancelled'))
);
--> statement-breakpoint
ALTER TABLE "job_chunks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"task" text NOT NULL,
	"payload" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "outbox" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "profiles" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"full_name" text DEFAULT '' NOT NULL,
	"role" text DEFAULT 'user' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "profiles_role_check" CHECK ("profiles"."role" in ('user', 'admin'))
);
--> statement-breakpoint
ALTER TABLE "profiles" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "projects" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "projects_name_check" CHECK (length("projects"."name") between 1 and 120)
);
--> statement-breakpoint
ALTER TABLE "projects" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "crawl_jobs" ADD CONSTRAINT "crawl_jobs_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crawl_jobs" ADD CONSTRAINT "crawl_jobs_user_id_profiles_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."profiles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crawl_urls" ADD CONSTRAINT "crawl_urls_crawl_job_id_crawl_jobs_id_fk" FOREIGN KEY ("crawl_job_id") REFERENCES "public"."crawl_jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crawl_urls" ADD CONSTRAINT "crawl_urls_chunk_id_job_chunks_id_fk" FOREIGN KEY ("chunk_id") REFERENCES "public"."job_chunks"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crawl_urls" ADD CONSTRAINT "crawl_urls_image_id_images_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."images"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exports" ADD CONSTRAINT "exports_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exports" ADD CONSTRAINT "exports_user_id_profiles_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."profiles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_crawl_job_id_crawl_jobs_id_fk" FOREIGN KEY ("crawl_job_id") REFERENCES "public"."crawl_jobs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "images" ADD CONSTRAINT "images_user_id_profiles_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."profiles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "job_chunks" ADD CONSTRAINT "job_chunks_crawl_job_id_crawl_jobs_id_fk" FOREIGN KEY ("crawl_job_id") REFERENCES "public"."crawl_jobs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "profiles" ADD CONSTRAINT "profiles_id_users_id_fk" FOREIGN KEY ("id") REFERENCES "auth"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "projects" ADD CONSTRAINT "projects_user_id_profiles_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."profiles"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "crawl_jobs_user_id_created_at_id_idx" ON "crawl_jobs" USING btree ("user_id","created_at","id");--> statement-breakpoint
CREATE INDEX "crawl_jobs_project_id_created_at_id_idx" ON "crawl_jobs" USING btree ("project_id","created_at","id");--> statement-breakpoint
CREATE INDEX "crawl_jobs_active_idx" ON "crawl_jobs" USING btree ("status") WHERE status in ('running', 'stopping');--> statement-breakpoint
CREATE INDEX "crawl_urls_crawl_job_id_state_id_idx" ON "crawl_urls" USING btree ("crawl_job_id","state","id");--> statement-breakpoint
CREATE INDEX "crawl_urls_chunk_id_state_idx" ON "crawl_urls" USING btree ("chunk_id","state");--> statement-breakpoint
CREATE INDEX "crawl_urls_image_id_idx" ON "crawl_urls" USING btree ("image_id");--> statement-breakpoint
CREATE INDEX "exports_user_id_idx" ON "exports" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "images_project_id_seq_idx" ON "images" USING btree ("project_id","seq");--> statement-breakpoint
CREATE INDEX "images_crawl_job_id_seq_idx" ON "images" USING btree ("crawl_job_id","seq");--> statement-breakpoint
CREATE INDEX "images_user_id_idx" ON "images" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "images_sha256_idx" ON "images" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "job_chunks_open_idx" ON "job_chunks" USING btree ("state","lease_until") WHERE state in ('pending', 'dispatched', 'running');--> statement-breakpoint
CREATE INDEX "projects_user_id_created_at_id_idx" ON "projects" USING btree ("user_id","created_at","id");--> statement-breakpoint
CREATE POLICY "crawl_jobs_select_own" ON "crawl_jobs" AS PERMISSIVE FOR SELECT TO "authenticated" USING ("crawl_jobs"."user_id" = (select auth.uid()));--> statement-breakpoint
CREATE POLICY "crawl_urls_select_own" ON "crawl_urls" AS PERMISSIVE FOR SELECT TO "authenticated" USING (exists (select 1 from crawl_jobs where crawl_jobs.id = "crawl_urls"."crawl_job_id" and crawl_jobs.user_id = (select auth.uid())));--> statement-breakpoint
CREATE POLICY "exports_select_own" ON "exports" AS PERMISSIVE FOR SELECT TO "authenticated" USING ("exports"."user_id" = (select auth.uid()));--> statement-breakpoint
CREATE POLICY "images_select_own" ON "images" AS PERMISSIVE FOR SELECT TO "authenticated" USING ("images"."user_id" = (select auth.uid()));--> statement-breakpoint
CREATE POLICY "job_chunks_select_own" ON "job_chunks" AS PERMISSIVE FOR SELECT TO "authenticated" USING (exists (select 1 from crawl_jobs where crawl_jobs.id = "job_chunks"."crawl_job_id" and crawl_jobs.user_id = (select auth.uid())));--> statement-breakpoint
CREATE POLICY "profiles_select_own" ON "profiles" AS PERMISSIVE FOR SELECT TO "authenticated" USING ("profiles"."id" = (select auth.uid()));--> statement-breakpoint
CREATE POLICY "projects_select_own" ON "projects" AS PERMISSIVE FOR SELECT TO "authenticated" USING ("projects"."user_id" = (select auth.uid()));