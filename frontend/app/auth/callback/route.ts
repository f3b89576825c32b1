import type { NextRequest, NextResponse } from "next/server";
import { safeNextPath } from "@/lib/auth/next-path";
import { redirectTo, redirectToSignIn } from "@/lib/auth/redirects";
import { createClient } from "@/lib/supabase/server";

/** Where a mailed link ends (PKCE): changes the code for a session. */
export async function GET(request: NextRequest): Promise<NextResponse> {
  const { searchParams } = request.nextUrl;
  const code = searchParams.get("code");
  if (!code) return redirectToSignIn(searchParams.get("error_code") ?? "otp_expired");
  const supabase = await createClient();
  const { error } = await supabase.auth.exchangeCodeForSession(code);
  // Without the verifier's cookie the link was opened in another browser than the one that asked for it.
  if (error) return redirectToSignIn(error.code ?? "flow_state_not_found");
  return redirectTo(safeNextPath(searchParams.get("next")));
}
