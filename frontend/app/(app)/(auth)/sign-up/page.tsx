import type { Metadata } from "next";
import { signUp } from "@/features/auth/actions";
import { AuthForm } from "@/features/auth/components/auth-form";
import { AuthPage, linkClass } from "@/features/auth/components/auth-page";
import { safeNextPath } from "@/lib/auth/next-path";

export const metadata: Metadata = { title: "Create account" };

const FIELDS = [
  { name: "full_name", label: "Name", type: "text", autoComplete: "name", hint: "Optional.", isOptional: true },
  { name: "email", label: "Email", type: "email", autoComplete: "email" },
  {
    name: "password",
    label: "Password",
    type: "password",
    autoComplete: "new-password",
    hint: "At least 8 characters.",
    minLength: 8,
  },
] as const;

export default async function SignUpPage({ searchParams }: { searchParams: Promise<{ next?: string }> }) {
  const { next } = await searchParams;
  return (
    <AuthPage
      title="Create your account"
      lead="Your first dataset is a few minutes away."
      footer={
        <>
          Already have an account?{" "}
          <a href="/sign-in" className={linkClass}>
            Sign in
          </a>
        </>
      }
    >
      <AuthForm
        action={signUp}
        fields={FIELDS}
        submitLabel="Create account"
        next={next && safeNextPath(next)}
        sent={{ title: "Check your mail", text: "Open the link that we sent to" }}
      />
    </AuthPage>
  );
}
