import { describe, expect, it } from "vitest";
import { countOf } from "@/features/images/labels";

const LABELS = [
  { label: "gentian", count: 7 },
  { label: "", count: 3 },
];

describe("the number beside the gallery", () => {
  it("counts every image without a filter", () => {
    expect(countOf(LABELS, {})).toBe(10);
  });

  it("counts what the filter shows", () => {
    expect(countOf(LABELS, { label: "gentian" })).toBe(7);
    expect(countOf(LABELS, { label: "edelweiss" })).toBe(0);
  });

  it("stays silent where the labels do not tell", () => {
    expect(countOf(LABELS, { crawlJobId: "a" })).toBeNull();
    expect(countOf([], {})).toBeNull();
  });
});
