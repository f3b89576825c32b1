-- Supabase's default privileges hand out sequences and functions as well: a number drawn or set back by a
-- stranger would break the order of the gallery.
revoke all on all sequences in schema public from anon, authenticated;
--> statement-breakpoint
alter default privileges in schema public revoke all on sequences from anon, authenticated;
--> statement-breakpoint
alter default privileges in schema public revoke execute on functions from anon, authenticated;
