-- Functions run with an empty search_path, so that nobody can put a table of the same name in front of ours.

create function public.set_updated_at() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.updated_at := now();
  return new;
end
$$;
--> statement-breakpoint
-- Runs as its owner: the auth server that inserts into auth.users may not write to public.
create function public.handle_new_user() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, email, full_name)
  values (new.id, coalesce(new.email, ''), coalesce(new.raw_user_meta_data ->> 'full_name', ''));
  return new;
end
$$;
--> statement-breakpoint
create function public.handle_user_email() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.profiles set email = coalesce(new.email, '') where id = new.id;
  return new;
end
$$;
--> statement-breakpoint
create function public.notify_crawl_job() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform pg_notify('crawl_job', new.id::text);
  return null;
end
$$;
--> statement-breakpoint
create function public.notify_outbox() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform pg_notify('outbox', '');
  return null;
end
$$;
--> statement-breakpoint
create trigger profiles_set_updated_at before update on public.profiles
  for each row execute function public.set_updated_at();
--> statement-breakpoint
create trigger projects_set_updated_at before update on public.projects
  for each row execute function public.set_updated_at();
--> statement-breakpoint
create trigger crawl_jobs_set_updated_at before update on public.crawl_jobs
  for each row execute function public.set_updated_at();
--> statement-breakpoint
create trigger job_chunks_set_updated_at before update on public.job_chunks
  for each row execute function public.set_updated_at();
--> statement-breakpoint
create trigger images_set_updated_at before update on public.images
  for each row execute function public.set_updated_at();
--> statement-breakpoint
create trigger on_auth_user_created after insert on auth.users
  for each row execute function public.handle_new_user();
--> statement-breakpoint
create trigger on_auth_user_email_changed after update of email on auth.users
  for each row when (old.email is distinct from new.email)
  execute function public.handle_user_email();
--> statement-breakpoint
-- Who watches a job hears of every version; who dispatches hears of every message.
create trigger crawl_jobs_notify after insert or update of version, status on public.crawl_jobs
  for each row execute function public.notify_crawl_job();
--> statement-breakpoint
create trigger outbox_notify after insert on public.outbox
  for each statement execute function public.notify_outbox();
--> statement-breakpoint
-- Supabase's default privileges give anon and authenticated everything and leave the rest to row policies.
-- Here they get only what a page reads; whatever changes state goes through the API.
revoke all on all tables in schema public from anon, authenticated;
--> statement-breakpoint
alter default privileges in schema public revoke all on tables from anon, authenticated;
--> statement-breakpoint
grant usage on schema public to anon, authenticated, service_role;
--> statement-breakpoint
grant select on
  public.profiles, public.projects, public.crawl_jobs, public.job_chunks, public.crawl_urls, public.images, public.exports
  to authenticated;
--> statement-breakpoint
grant all on all tables in schema public to service_role;
--> statement-breakpoint
grant usage on all sequences in schema public to service_role;
--> statement-breakpoint
-- Trigger functions are called by triggers alone.
revoke execute on all functions in schema public from public, anon, authenticated;
