/** Messages for the error codes of Supabase Auth that a person can do something about. */
const MESSAGES: Record<string, string> = {
  invalid_credentials: "Email or password is wrong.",
  email_not_confirmed: "This address is not confirmed yet. Open the link in the mail we sent you.",
  email_exists: "An account with this address exists. Sign in instead.",
  user_already_exists: "An account with this address exists. Sign in instead.",
  user_banned: "This account is blocked.",
  weak_password: "This password is too easy to guess. Choose a longer one.",
  same_password: "This is your current password. Choose another one.",
  signup_disabled: "New accounts are closed at the moment.",
  email_address_invalid: "This email address cannot receive mail.",
  over_email_send_rate_limit: "Too many mails were asked for. Wait a minute, then try again.",
  over_request_rate_limit: "Too many attempts. Wait a minute, then try again.",
  otp_expired: "This link has expired or was used before. Ask for a new one.",
  flow_state_not_found:
    "This link was opened in another browser or used before. If it confirmed your address, sign in.",
  flow_state_expired: "This link has expired. Ask for a new one.",
  bad_code_verifier: "This link was opened in another browser. If it confirmed your address, sign in.",
  session_not_found: "Your session has ended. Sign in again.",
};

export function authMessage(error: { code?: string | undefined; status?: number | undefined }): string {
  const known = error.code ? MESSAGES[error.code] : undefined;
  if (known) return known;
  if (!error.status || error.status >= 500) return "The sign-in service does not answer. Try again in a moment.";
  return "That did not work. Check what you entered and try again.";
}
