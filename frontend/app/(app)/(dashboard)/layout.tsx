import Link from "next/link";
import type { ReactNode } from "react";
import { Toaster } from "@/components/app/toaster";
import { UserMenu } from "@/components/app/user-menu";
import { Logo } from "@/components/site/logo";
import { ThemeToggle } from "@/components/site/theme-toggle";
import { ApiProvider } from "@/lib/api/provider";
import { requireClaims } from "@/lib/auth/claims";
import { env } from "@/lib/env";

export default async function DashboardLayout({ children }: { children: ReactNode }) {
  const claims = await requireClaims();
  return (
    <ApiProvider apiUrl={env.NEXT_PUBLIC_API_URL}>
      <header className="sticky top-0 z-30 border-b border-rule bg-paper/90 backdrop-blur-sm">
        <div className="mx-auto flex h-14 max-w-7xl 2xl:max-w-[104rem] items-center justify-between px-4 sm:px-6">
          <Link href="/projects" aria-label="PixCrawler, all projects">
            <Logo />
          </Link>
          <div className="flex items-center gap-2">
            <ThemeToggle />
            <UserMenu email={claims.email} />
          </div>
        </div>
      </header>
      <main id="main" className="mx-auto max-w-7xl 2xl:max-w-[104rem] px-4 py-8 sm:px-6">
        {children}
      </main>
      <Toaster />
    </ApiProvider>
  );
}
