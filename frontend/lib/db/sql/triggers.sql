create trigger profiles_set_updated_at before update on public.profiles
  for each row execute function public.set_updated_at();
create trigger projects_set_updated_at before update on public.projects
  for each row execute function public.set_updated_at();
create trigger crawl_jobs_set_updated_at before update on public.crawl_jobs
  for each row execute function public.set_updated_at();
create trigger job_chunks_set_updated_at before update on public.job_chunks
  for each row execute function public.set_updated_at();
create trigger images_set_updated_at before update on public.images
  for each row execute function public.set_updated_at();

create trigger on_auth_user_created after insert on auth.users
  for each row execute function public.handle_new_user();
create trigger on_auth_user_email_changed after update of email on auth.users
  for each row when (old.email is distinct from new.email)
  execute function public.handle_user_email();

-- Who watches a job hears of every version; who dispatches hears of every message.
create trigger crawl_jobs_notify after insert or update of version, status on public.crawl_jobs
  for each row execute function public.notify_crawl_job();
create trigger outbox_notify after insert on public.outbox
  for each statement execute function public.notify_outbox();
