"use server";

import { redirect } from "next/navigation";
import type { z } from "zod";
import { safeNextPath } from "@/lib/auth/next-path";
import { env } from "@/lib/env";
import { createClient } from "@/lib/supabase/server";
import { authMessage } from "./messages";
import { forgotSchema, resetSchema, signInSchema, signUpSchema } from "./schema";
import type { AuthFormState } from "./state";

type Parsed<T extends z.ZodType> = { data: z.output<T> } | { state: AuthFormState };

function parse<T extends z.ZodType>(schema: T, form: FormData, keep: readonly string[]): Parsed<T> {
  const result = schema.safeParse(Object.fromEntries(form));
  if (result.success) return { data: result.data };
  const fields: Record<string, string> = {};
  for (const issue of result.error.issues) fields[String(issue.path[0])] ??= issue.message;
  return { state: { fields, values: pick(form, keep) } };
}

function pick(form: FormData, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, String(form.get(name) ?? "")]));
}

function callbackUrl(next: string): string {
  return `${env.NEXT_PUBLIC_APP_URL}/auth/callback?next=${encodeURIComponent(next)}`;
}

export async function signUp(_: AuthFormState, form: FormData): Promise<AuthFormState> {
  const parsed = parse(signUpSchema, form, ["email", "full_name"]);
  if ("state" in parsed) return parsed.state;
  const { email, password, full_name } = parsed.data;
  const next = safeNextPath(form.get("next"));
  const supabase = await createClient();
  const { data, error } = await supabase.auth.signUp({
    email,
    password,
    options: { data: { full_name }, emailRedirectTo: callbackUrl(next) },
  });
  if (error) return { error: authMessage(error), values: { email, full_name } };
  // Without a session the address has to be confirmed first. A known address gets the same answer.
  if (!data.session) return { sentTo: email };
  redirect(next);
}

export async function signIn(_: AuthFormState, form: FormData): Promise<AuthFormState> {
  const parsed = parse(signInSchema, form, ["email"]);
  if ("state" in parsed) return parsed.state;
  const supabase = await createClient();
  const { error } = await supabase.auth.signInWithPassword(parsed.data);
  if (error) return { error: authMessage(error), values: { email: parsed.data.email } };
  redirect(safeNextPath(form.get("next")));
}

export async function signOut(): Promise<void> {
  const supabase = await createClient();
  await supabase.auth.signOut({ scope: "local" });
  redirect("/sign-in");
}

export async function requestReset(_: AuthFormState, form: FormData): Promise<AuthFormState> {
  const parsed = parse(forgotSchema, form, ["email"]);
  if ("state" in parsed) return parsed.state;
  const { email } = parsed.data;
  const supabase = await createClient();
  const { error } = await supabase.auth.resetPasswordForEmail(email, { redirectTo: callbackUrl("/reset-password") });
  return error ? { error: authMessage(error), values: { email } } : { sentTo: email };
}

export async function resetPassword(_: AuthFormState, form: FormData): Promise<AuthFormState> {
  const parsed = parse(resetSchema, form, []);
  if ("state" in parsed) return parsed.state;
  const supabase = await createClient();
  const { error } = await supabase.auth.updateUser({ password: parsed.data.password });
  if (error) return { error: authMessage(error) };
  redirect(safeNextPath(null));
}
