import "server-only";
import { redirect } from "next/navigation";
import { cache } from "react";
import { createClient } from "../supabase/server";

export interface Claims {
  sub: string;
  role: string;
  email: string;
  [name: string]: unknown;
}

/** Claims of the signed-in user, verified against the issuer's public keys; null when nobody is signed in. */
export const currentClaims = cache(async (): Promise<Claims | null> => {
  const supabase = await createClient();
  const { data } = await supabase.auth.getClaims();
  if (!data) return null;
  const { sub, role, email } = data.claims;
  return { ...data.claims, sub, role: role ?? "authenticated", email: typeof email === "string" ? email : "" };
});

export async function requireClaims(): Promise<Claims> {
  return (await currentClaims()) ?? redirect("/sign-in");
}
