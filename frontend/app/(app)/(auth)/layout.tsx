import type { ReactNode } from "react";
import { Logo } from "@/components/site/logo";
import { ThemeToggle } from "@/components/site/theme-toggle";

/** Pages of one form: plain links, so that none of them carries a router's links. */
export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="mx-auto flex w-full max-w-6xl items-center justify-between px-4 py-4 sm:px-6">
        <a href="/" aria-label="PixCrawler, home">
          <Logo />
        </a>
        <ThemeToggle />
      </header>
      <main id="main" className="mx-auto w-full max-w-md flex-1 px-4 pt-[6vh] pb-16">
        {children}
      </main>
    </div>
  );
}
