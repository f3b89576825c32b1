-- Functions run with an empty search_path, so that nobody can put a table of the same name in front of ours.

create function public.set_updated_at() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.updated_at := now();
  return new;
end
$$;

-- Runs as its owner: the auth server that inserts into auth.users may not write to public.
create function public.handle_new_user() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, email, full_name)
  values (new.id, coalesce(new.email, ''), coalesce(new.raw_user_meta_data ->> 'full_name', ''));
  return new;
end
$$;

create function public.handle_user_email() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.profiles set email = coalesce(new.email, '') where id = new.id;
  return new;
end
$$;

create function public.notify_crawl_job() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform pg_notify('crawl_job', new.id::text);
  return null;
end
$$;

create function public.notify_outbox() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform pg_notify('outbox', '');
  return null;
end
$$;
