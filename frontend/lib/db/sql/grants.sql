-- Supabase's default privileges give anon and authenticated everything and leave the rest to row policies.
-- Here they get only what a page reads; whatever changes state goes through the API.
revoke all on all tables in schema public from anon, authenticated;
alter default privileges in schema public revoke all on tables from anon, authenticated;
grant usage on schema public to anon, authenticated, service_role;
grant select on
  public.profiles, public.projects, public.crawl_jobs, public.job_chunks, public.crawl_urls, public.images, public.exports
  to authenticated;
grant all on all tables in schema public to service_role;
grant usage on all sequences in schema public to service_role;

-- Trigger functions are called by triggers alone.
revoke execute on all functions in schema public from public, anon, authenticated;
