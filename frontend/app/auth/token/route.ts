import type { NextRequest, NextResponse } from "next/server";
import { problem, tokenReply } from "@/lib/auth/token-reply";
import { createClient } from "@/lib/supabase/server";

/** Gives the page's own scripts the access token for the API. The session itself stays in the HttpOnly cookie. */
export async function GET(request: NextRequest): Promise<NextResponse> {
  // Browsers that do not send it cannot read the reply from another site either: there are no CORS headers.
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") return problem(403, "Only pages of this site may ask for a token");
  const supabase = await createClient();
  // Verifies the signature, and renews the session when it is about to expire.
  const { data: verified } = await supabase.auth.getClaims();
  const { data } = await supabase.auth.getSession();
  if (!verified || !data.session) return problem(401, "You are signed out");
  return tokenReply(data.session.access_token, verified.claims.exp);
}
