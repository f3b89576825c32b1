/** JavaScript that a first visit to each page loads, compressed; reads what `next build` wrote about itself. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";

interface RouteStats {
  route: string;
  firstLoadChunkPaths: string[];
}

const FRONTEND = resolve(import.meta.dirname, "../..");

/** In kB (1000 bytes) of gzip. React and the router of Next, which every page loads, are 136.6: marketing has none of its own. */
const BUDGETS: readonly { pages: RegExp; kilobytes: number }[] = [
  { pages: /^\/(_not-found)?$/, kilobytes: 137 },
  { pages: /^\/(sign-in|sign-up|forgot-password|reset-password)$/, kilobytes: 140 },
  { pages: /^\/projects\/\[projectId\]$/, kilobytes: 220 },
  { pages: /^\/projects/, kilobytes: 190 },
];

const sizes = new Map<string, number>();

function kilobytesOf(chunk: string): number {
  const known = sizes.get(chunk) ?? gzipSync(readFileSync(resolve(FRONTEND, chunk))).length / 1000;
  sizes.set(chunk, known);
  return known;
}

describe("first-load JavaScript", () => {
  const routes: RouteStats[] = JSON.parse(
    readFileSync(resolve(FRONTEND, ".next/diagnostics/route-bundle-stats.json"), "utf8"),
  );
  for (const { route, firstLoadChunkPaths } of routes) {
    it(route, (context) => {
      const budget = BUDGETS.find(({ pages }) => pages.test(route))?.kilobytes;
      assert.ok(budget, `${route} has no budget yet: give it one in BUDGETS`);
      const kilobytes = firstLoadChunkPaths.reduce((sum, chunk) => sum + kilobytesOf(chunk), 0);
      context.diagnostic(`${kilobytes.toFixed(1)} of ${budget} kB`);
      assert.ok(
        kilobytes <= budget,
        `${kilobytes.toFixed(1)} kB are more than the ${budget} kB that ${route} may load`,
      );
    });
  }
});
