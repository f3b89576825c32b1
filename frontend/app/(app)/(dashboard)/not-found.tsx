import Link from "next/link";
import { buttonClass } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

export default function NotFound() {
  return (
    <>
      <h1 className="sr-only">Not found</h1>
      <EmptyState
        title="Nothing here"
        action={
          <Link href="/projects" className={buttonClass()}>
            All projects
          </Link>
        }
      >
        This project or job does not exist, was deleted, or belongs to someone else.
      </EmptyState>
    </>
  );
}
