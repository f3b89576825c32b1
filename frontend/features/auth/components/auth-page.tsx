import type { ReactNode } from "react";

interface AuthPageProps {
  title: string;
  lead: string;
  notice?: string | undefined;
  children: ReactNode;
  footer?: ReactNode;
}

export function AuthPage({ title, lead, notice, children, footer }: AuthPageProps) {
  return (
    <>
      <h1 className="text-3xl font-semibold">{title}</h1>
      <p className="mt-2 mb-8 text-ink-soft">{lead}</p>
      {notice && (
        <p role="status" className="mb-5 rounded-xl border border-ochre/40 bg-ochre-wash px-4 py-3 text-sm">
          {notice}
        </p>
      )}
      {children}
      {footer && <p className="mt-8 text-center text-sm text-ink-soft">{footer}</p>}
    </>
  );
}

export const linkClass =
  "font-medium text-ink underline decoration-lamp decoration-2 underline-offset-4 hover:text-lamp-text";
