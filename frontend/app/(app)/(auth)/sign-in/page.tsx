import type { Metadata } from "next";
import { signIn } from "@/features/auth/actions";
import { AuthForm } from "@/features/auth/components/auth-form";
import { AuthPage, linkClass } from "@/features/auth/components/auth-page";
import { authMessage } from "@/features/auth/messages";
import { safeNextPath } from "@/lib/auth/next-path";

export const metadata: Metadata = { title: "Sign in" };

const FIELDS = [
  { name: "email", label: "Email", type: "email", autoComplete: "email" },
  { name: "password", label: "Password", type: "password", autoComplete: "current-password" },
] as const;

interface SignInPageProps {
  searchParams: Promise<{ next?: string; error?: string }>;
}

export default async function SignInPage({ searchParams }: SignInPageProps) {
  const { next, error } = await searchParams;
  return (
    <AuthPage
      title="Welcome back"
      lead="Sign in to your projects."
      notice={error && authMessage({ code: error, status: 400 })}
      footer={
        <>
          New here?{" "}
          <a href="/sign-up" className={linkClass}>
            Create an account
          </a>
        </>
      }
    >
      <AuthForm action={signIn} fields={FIELDS} submitLabel="Sign in" next={next && safeNextPath(next)}>
        <p className="-mt-2 text-right text-sm">
          <a href="/forgot-password" className={linkClass}>
            Forgot your password?
          </a>
        </p>
      </AuthForm>
    </AuthPage>
  );
}
