import { describe, expect, it } from "vitest";
import { addSample, applyProgress, leftToDo, rateOf, type Sample, secondsLeft } from "@/features/crawl-jobs/progress";
import { jobErrorText, reasonText } from "@/features/crawl-jobs/words";
import type { CrawlJob, Progress } from "@/lib/api/types";

const COUNTERS = {
  urls_total: 100,
  urls_done: 40,
  images_stored: 30,
  images_duplicate: 5,
  urls_rejected: 3,
  urls_failed: 2,
};

const JOB: CrawlJob = {
  id: "job",
  project_id: "project",
  name: "Job",
  source_type: "url_list",
  sources: ["https://a.example/1.jpg"],
  label: "",
  max_images: 500,
  min_size: 64,
  status: "running",
  error: null,
  progress: COUNTERS,
  version: 7,
  created_at: "2026-01-01T00:00:00Z",
  started_at: "2026-01-01T00:00:00Z",
  finished_at: null,
};

const event = (change: Partial<Progress>): Progress => ({
  crawl_job_id: "job",
  version: 8,
  status: "running",
  error: null,
  started_at: JOB.started_at,
  finished_at: null,
  ...COUNTERS,
  ...change,
});

describe("applyProgress", () => {
  it("takes counters and status of a newer event", () => {
    const job = applyProgress(JOB, event({ status: "completed", urls_done: 100 }));
    expect(job).toMatchObject({ status: "completed", version: 8, name: "Job" });
    expect(job.progress.urls_done).toBe(100);
  });

  it("ignores what comes late or twice", () => {
    expect(applyProgress(JOB, event({ version: 6, urls_done: 10 }))).toBe(JOB);
    expect(applyProgress(JOB, event({ version: 7 }))).toBe(JOB);
  });
});

describe("rate and time left", () => {
  const feed = (...samples: Sample[]) => samples.reduce<Sample[]>((known, sample) => addSample(known, sample), []);

  it("is unknown until a second has passed", () => {
    expect(rateOf([])).toBeNull();
    expect(rateOf(feed({ at: 0, done: 0 }, { at: 500, done: 10 }))).toBeNull();
  });

  it("counts over the last seconds only", () => {
    const samples = feed(
      { at: 0, done: 0 },
      { at: 60_000, done: 600 },
      { at: 62_000, done: 602 },
      { at: 64_000, done: 604 },
    );
    expect(rateOf(samples)).toBe(1);
  });

  it("begins anew when a retry lowers the counter", () => {
    expect(feed({ at: 0, done: 90 }, { at: 1000, done: 20 })).toEqual([{ at: 1000, done: 20 }]);
  });

  it("gives no estimate without a rate or without work", () => {
    expect(secondsLeft(COUNTERS, 6)).toBe(10);
    expect(secondsLeft(COUNTERS, 0)).toBeNull();
    expect(secondsLeft(COUNTERS, null)).toBeNull();
    expect(secondsLeft({ ...COUNTERS, urls_done: 100 }, 6)).toBeNull();
  });
});

describe("words for reasons", () => {
  it("explain what is known and show what is not", () => {
    expect(reasonText("robots_disallowed")).toContain("robots.txt");
    expect(reasonText("something_new")).toBe("something new");
    expect(reasonText(null)).toBe("");
  });

  it("explain why a job failed", () => {
    expect(jobErrorText("all_failed:not_found")).toBe(
      "No address gave an image. Most often: The server has no such file. Check that the addresses open in a browser.",
    );
    expect(jobErrorText("no_images")).toMatch(/^No image was found\. .*as a URL list\.$/);
    expect(jobErrorText("something_new")).toBe("something new.");
  });
});

describe("what a retry takes up again", () => {
  const over = (status: CrawlJob["status"], change: Partial<CrawlJob["progress"]> = {}) =>
    leftToDo({ status, progress: { ...COUNTERS, urls_done: 100, urls_failed: 0, ...change } });

  it("is nothing while the job moves or when all is done", () => {
    expect(over("running", { urls_failed: 2 })).toBeNull();
    expect(over("completed")).toBeNull();
  });

  it("is what a stop left undone", () => {
    expect(over("stopped", { urls_done: 40 })).toBe("undone");
  });

  it("is everything when the job brought nothing", () => {
    expect(over("failed", { urls_rejected: 100 })).toBe("failed");
  });

  it("is what failed", () => {
    expect(over("failed", { urls_failed: 2 })).toBe("failed");
    expect(over("stopped", { urls_failed: 2 })).toBe("failed");
  });
});
