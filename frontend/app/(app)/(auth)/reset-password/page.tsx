import type { Metadata } from "next";
import { buttonClass } from "@/components/ui/button";
import { resetPassword } from "@/features/auth/actions";
import { AuthForm } from "@/features/auth/components/auth-form";
import { AuthPage } from "@/features/auth/components/auth-page";
import { currentClaims } from "@/lib/auth/claims";

export const metadata: Metadata = { title: "New password" };

const FIELDS = [
  {
    name: "password",
    label: "New password",
    type: "password",
    autoComplete: "new-password",
    hint: "At least 8 characters.",
    minLength: 8,
  },
  { name: "repeat", label: "Repeat the password", type: "password", autoComplete: "new-password", minLength: 8 },
] as const;

export default async function ResetPasswordPage() {
  const claims = await currentClaims();
  if (!claims) {
    return (
      <AuthPage title="This link has expired" lead="Ask for a new one; it works once and for an hour.">
        <a href="/forgot-password" className={buttonClass({ size: "large" }, "w-full")}>
          Send a new link
        </a>
      </AuthPage>
    );
  }
  return (
    <AuthPage title="Choose a new password" lead={`For ${claims.email}`}>
      <AuthForm action={resetPassword} fields={FIELDS} submitLabel="Save password" />
    </AuthPage>
  );
}
