"use client";

import { Button } from "@/components/ui/button";

interface CrashPageProps {
  error: unknown;
  retry: () => void;
}

/** Shown by the error boundaries of pages. The digest is the id under which the server logged the error. */
export function CrashPage({ error, retry }: CrashPageProps) {
  const digest = error instanceof Error && "digest" in error ? String(error.digest) : null;
  return (
    <div role="alert" className="mx-auto max-w-lg px-4 py-24">
      <p className="font-mono text-sm text-lamp-text">Something broke</p>
      <h1 className="mt-2 text-2xl font-semibold">This page could not be shown</h1>
      <p className="mt-3 text-ink-soft">
        Your projects and images are not affected. Try again; if it stays like this, report the id below.
      </p>
      {digest && (
        <p className="mt-4 text-sm text-ink-soft">
          Request id <code className="font-mono select-all">{digest}</code>
        </p>
      )}
      <div className="mt-6 flex gap-3">
        <Button onClick={() => retry()}>Try again</Button>
        {/* A full load: the state of the page that broke is left behind. */}
        <Button variant="secondary" onClick={() => window.location.assign("/projects")}>
          Go to projects
        </Button>
      </div>
    </div>
  );
}
