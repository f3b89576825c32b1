"use client";

import { useEffect, useState } from "react";
import type { SourceType } from "@/lib/api/types";

/** What was pasted into the form of a new job. */
export interface Draft {
  sourceType: SourceType;
  text: string;
}

export const NO_DRAFT: Draft = { sourceType: "url_list", text: "" };

const keyOf = (projectId: string): string => `crawl-job-draft:${projectId}`;

/** The draft that was kept in this tab. Anything that is not one counts as none. */
export function readDraft(storage: Pick<Storage, "getItem">, projectId: string): Draft {
  try {
    const kept: Partial<Draft> = JSON.parse(storage.getItem(keyOf(projectId)) ?? "{}");
    return {
      sourceType: kept.sourceType === "web_page" ? "web_page" : "url_list",
      text: typeof kept.text === "string" ? kept.text : "",
    };
  } catch {
    return NO_DRAFT;
  }
}

/** Outlives a reload, a step back and a new sign-in, but not the tab. */
export function useDraft(projectId: string) {
  const [draft, setDraft] = useState(NO_DRAFT);
  // The server does not know it: shown after the first render.
  useEffect(() => setDraft(readDraft(sessionStorage, projectId)), [projectId]);
  const keep = (next: Draft) => {
    setDraft(next);
    try {
      sessionStorage.setItem(keyOf(projectId), JSON.stringify(next));
    } catch {
      // Full or forbidden: the form works without it.
    }
  };
  /** What is on the screen stays until the page changes. */
  const forget = () => sessionStorage.removeItem(keyOf(projectId));
  return { draft, keep, forget };
}
