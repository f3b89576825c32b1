import { describe, expect, it } from "vitest";
import { extendTo, keepShown, move, NOTHING, selectAll, toggle } from "@/features/images/selection";

const ORDER = ["a", "b", "c", "d", "e"];
const chosen = ({ ids }: { ids: ReadonlySet<string> }) => [...ids].sort().join("");

describe("selection", () => {
  it("takes an image in and out", () => {
    const one = toggle(NOTHING, "b");
    expect(chosen(one)).toBe("b");
    expect(chosen(toggle(one, "b"))).toBe("");
    expect(NOTHING.ids.size).toBe(0);
  });

  it("extends from the image last chosen, in both directions", () => {
    expect(chosen(extendTo(toggle(NOTHING, "b"), "d", ORDER))).toBe("bcd");
    expect(chosen(extendTo(toggle(NOTHING, "d"), "a", ORDER))).toBe("abcd");
  });

  it("keeps the anchor while the range is moved on", () => {
    const first = extendTo(toggle(NOTHING, "c"), "d", ORDER);
    expect(first.anchor).toBe("c");
    expect(chosen(extendTo(first, "a", ORDER))).toBe("abcd");
  });

  it("chooses a single image when there is nothing to extend from", () => {
    expect(extendTo(NOTHING, "c", ORDER)).toEqual({ ids: new Set(["c"]), anchor: "c" });
  });

  it("begins anew when the anchor is no longer shown", () => {
    const gone = { ids: new Set<string>(), anchor: "z" };
    expect(extendTo(gone, "c", ORDER)).toEqual({ ids: new Set(["c"]), anchor: "c" });
  });

  it("forgets what is no longer shown, so that it is not deleted unseen", () => {
    const all = selectAll(ORDER);
    expect(chosen(keepShown(all, ["b", "d"]))).toBe("bd");
    expect(keepShown(all, ORDER)).toBe(all);
  });
});

describe("move", () => {
  it.each([
    [0, "right", 1],
    [0, "left", 0],
    [0, "up", 0],
    [1, "down", 4],
    [4, "down", 4],
    [6, "right", 6],
    [3, "first", 0],
    [1, "last", 6],
  ] as const)("from %i %s leads to %i in a grid of 7 images and 3 columns", (from, direction, to) => {
    expect(move(from, direction, 3, 7)).toBe(to);
  });
});
