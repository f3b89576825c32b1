import type { Metadata } from "next";
import { requestReset } from "@/features/auth/actions";
import { AuthForm } from "@/features/auth/components/auth-form";
import { AuthPage, linkClass } from "@/features/auth/components/auth-page";

export const metadata: Metadata = { title: "Forgot password" };

const FIELDS = [{ name: "email", label: "Email", type: "email", autoComplete: "email" }] as const;

export default function ForgotPasswordPage() {
  return (
    <AuthPage
      title="Reset your password"
      lead="We send you a link that lets you choose a new one."
      footer={
        <a href="/sign-in" className={linkClass}>
          Back to sign in
        </a>
      }
    >
      <AuthForm
        action={requestReset}
        fields={FIELDS}
        submitLabel="Send the link"
        sent={{ title: "Check your mail", text: "If there is an account, a link is on its way to" }}
      />
    </AuthPage>
  );
}
