import type { EmailOtpType } from "@supabase/supabase-js";
import type { NextRequest, NextResponse } from "next/server";
import { safeNextPath } from "@/lib/auth/next-path";
import { redirectTo, redirectToSignIn } from "@/lib/auth/redirects";
import { createClient } from "@/lib/supabase/server";

const TYPES: readonly EmailOtpType[] = ["signup", "invite", "magiclink", "recovery", "email_change", "email"];

/** Where a mail whose template carries `token_hash` ends. Works in any browser. */
export async function GET(request: NextRequest): Promise<NextResponse> {
  const { searchParams } = request.nextUrl;
  const tokenHash = searchParams.get("token_hash");
  const type = TYPES.find((known) => known === searchParams.get("type"));
  if (!tokenHash || !type) return redirectToSignIn("otp_expired");
  const supabase = await createClient();
  const { error } = await supabase.auth.verifyOtp({ token_hash: tokenHash, type });
  if (error) return redirectToSignIn(error.code ?? "otp_expired");
  return redirectTo(type === "recovery" ? "/reset-password" : safeNextPath(searchParams.get("next")));
}
