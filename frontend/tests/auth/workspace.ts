import { randomUUID } from "node:crypto";
import { type AuthFlowType, createClient, type SupabaseClient } from "@supabase/supabase-js";

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this through \`pytest env/tests/auth\`, or set it yourself`);
  return value;
}

export const SITE = setting("SITE_URL");
export const REUSE_MS = Number(setting("AUTH_REFRESH_REUSE_SECONDS")) * 1000;
export const PASSWORD = "correct horse battery";
export const MODES = { autoconfirm: setting("AUTH_URL"), confirming: setting("CONFIRMING_AUTH_URL") } as const;
export type Mode = keyof typeof MODES;

export const ANON_KEY = setting("SUPABASE_ANON_KEY");
const SERVICE_KEY = setting("SUPABASE_SERVICE_ROLE_KEY");
const MAILBOX = setting("MAILBOX_URL");

export const newEmail = (): string => `person-${randomUUID()}@example.test`;

function connect(mode: Mode, key: string, flowType: AuthFlowType): SupabaseClient {
  const kept = new Map<string, string>();
  return createClient(MODES[mode], key, {
    auth: {
      flowType,
      autoRefreshToken: false,
      detectSessionInUrl: false,
      storage: {
        getItem: (name) => kept.get(name) ?? null,
        setItem: (name, value) => void kept.set(name, value),
        removeItem: (name) => void kept.delete(name),
      },
    },
  });
}

export const visitor = (mode: Mode, flowType: AuthFlowType = "implicit"): SupabaseClient =>
  connect(mode, ANON_KEY, flowType);

export const administrator = (mode: Mode): SupabaseClient => connect(mode, SERVICE_KEY, "implicit");

export async function member(mode: Mode, flowType: AuthFlowType = "implicit") {
  const email = newEmail();
  const { data, error } = await administrator(mode).auth.admin.createUser({
    email,
    password: PASSWORD,
    email_confirm: true,
  });
  if (error) throw error;
  const client = visitor(mode, flowType);
  const signedIn = await client.auth.signInWithPassword({ email, password: PASSWORD });
  if (signedIn.error) throw signedIn.error;
  return { client, email, id: data.user.id, session: signedIn.data.session };
}

export type Letter = { subject: string; link: string; code: string; tokenHash: string };

export async function letters(to: string): Promise<Letter[]> {
  const listed = await fetch(`${MAILBOX}/messages?to=${encodeURIComponent(to)}`);
  const { items } = (await listed.json()) as { items: { id: string }[] };
  return Promise.all(
    items.map(async ({ id }) => {
      const { subject, text } = (await (await fetch(`${MAILBOX}/messages/${id}`)).json()) as Record<string, string>;
      const link = /https?:\/\/\S+/.exec(text ?? "")?.[0] ?? "";
      const code = /code: (\d{6})/.exec(text ?? "")?.[1] ?? "";
      return { subject: subject ?? "", link, code, tokenHash: new URL(link).searchParams.get("token") ?? "" };
    }),
  );
}

export async function newestLetter(to: string): Promise<Letter> {
  const [newest] = await letters(to);
  if (!newest) throw new Error("no mail arrived");
  return newest;
}

/** Follows a mailed link as a browser would, up to the page it leads to. */
export async function follow(link: string): Promise<{ url: URL; fragment: URLSearchParams }> {
  const answer = await fetch(link, { redirect: "manual" });
  const url = new URL(answer.headers.get("location") ?? "");
  return { url, fragment: new URLSearchParams(url.hash.slice(1)) };
}
