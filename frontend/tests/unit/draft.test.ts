import { describe, expect, it } from "vitest";
import { NO_DRAFT, readDraft } from "@/features/crawl-jobs/draft";

const storing = (text: string | null) => ({ getItem: () => text });

describe("the draft of a job", () => {
  it("is empty when nothing was kept", () => {
    expect(readDraft(storing(null), "p")).toEqual(NO_DRAFT);
  });

  it("comes back with its source", () => {
    const draft = { sourceType: "web_page", text: "https://example.org/gallery" } as const;
    expect(readDraft(storing(JSON.stringify(draft)), "p")).toEqual(draft);
  });

  it.each(["{", "null", "[]", '{"text": 3, "sourceType": "ftp"}'])("ignores what is not a draft: %s", (kept) => {
    expect(readDraft(storing(kept), "p")).toEqual(NO_DRAFT);
  });

  it("does without a storage that refuses", () => {
    const getItem = () => {
      throw new Error("forbidden");
    };
    expect(readDraft({ getItem }, "p")).toEqual(NO_DRAFT);
  });
});
