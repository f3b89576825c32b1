"use client";

import { useRouter } from "next/navigation";
import { type SubmitEvent, useState } from "react";
import { notifyError } from "@/components/app/notify";
import { ErrorPanel } from "@/components/errors/error-panel";
import { Button } from "@/components/ui/button";
import { cx } from "@/components/ui/cx";
import { Field, inputClass, TextField } from "@/components/ui/field";
import { type ApiError, toApiError } from "@/lib/api/errors";
import type { SourceType } from "@/lib/api/types";
import { formatNumber, plural } from "@/lib/format";
import { useDraft } from "../draft";
import { useCreateCrawlJob } from "../queries";
import { type LineProblem, parseUrlList, refusedLines } from "../url-list";

const SOURCES: Record<SourceType, { title: string; text: string; label: string; placeholder: string }> = {
  url_list: {
    title: "URL list",
    text: "Addresses of the images themselves, one a line.",
    label: "Image addresses",
    placeholder: "https://example.org/photos/1.jpg\nhttps://example.org/photos/2.jpg",
  },
  web_page: {
    title: "Web page",
    text: "Finds the images that pages show or link to.",
    label: "Page addresses",
    placeholder: "https://example.org/gallery",
  },
};

const NO_REFUSAL: Pick<ApiError, "fields" | "places"> = { fields: {}, places: [] };

/** Said of the list itself, not of one of its lines. */
const isWholeList = ({ field }: { field: string }): boolean => field === "sources";

interface Limit {
  min: number;
  max: number;
}

const MAX_IMAGES: Limit = { min: 1, max: 100_000 };
const MIN_SIZE: Limit = { min: 1, max: 10_000 };

function limitError(value: string, { min, max }: Limit): string | undefined {
  const number = Number(value);
  const isFine = Number.isInteger(number) && number >= min && number <= max && value.trim() !== "";
  return isFine ? undefined : `A whole number from ${formatNumber(min)} to ${formatNumber(max)}.`;
}

export function JobForm({ projectId }: { projectId: string }) {
  const router = useRouter();
  const create = useCreateCrawlJob();
  const { draft, keep, forget } = useDraft(projectId);
  const { sourceType, text } = draft;
  const [label, setLabel] = useState("");
  const [maxImages, setMaxImages] = useState("500");
  const [minSize, setMinSize] = useState("64");
  const [isChecked, setChecked] = useState(false);

  const list = parseUrlList(text);
  const faults = {
    sources: list.urls.length === 0 && list.problems.length === 0 ? "Enter at least one address." : undefined,
    maxImages: limitError(maxImages, MAX_IMAGES),
    minSize: limitError(minSize, MIN_SIZE),
  };
  const { fields: refused, places } = create.error ? toApiError(create.error) : NO_REFUSAL;
  const refusedSources = refusedLines(list, create.variables?.sources ?? [], places);
  const problems = [...list.problems, ...refusedSources];

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    setChecked(true);
    if (list.problems.length > 0 || faults.sources || faults.maxImages || faults.minSize) {
      // Known to the document after the next frame.
      requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    const values = { name: "", label: label.trim(), max_images: Number(maxImages), min_size: Number(minSize) };
    create.mutate(
      { project_id: projectId, source_type: sourceType, sources: list.urls, ...values },
      {
        onSuccess: ({ job, startError }) => {
          if (startError) notifyError("Starting the job", startError);
          forget();
          // The job begins at the top, also when the form was scrolled.
          window.scrollTo({ top: 0 });
          router.push(`/projects/${projectId}/jobs/${job.id}`);
        },
      },
    );
  };

  return (
    <form onSubmit={submit} noValidate className="max-w-3xl space-y-7">
      <SourceChoice value={sourceType} onChange={(type) => keep({ ...draft, sourceType: type })} />
      <div>
        <Field
          label={SOURCES[sourceType].label}
          hint={summary(list.urls.length, list.repeated)}
          error={(isChecked ? faults.sources : undefined) ?? (places.some(isWholeList) ? refused.sources : undefined)}
        >
          {(control) => (
            <textarea
              {...control}
              rows={8}
              value={text}
              onChange={(event) => keep({ ...draft, text: event.target.value })}
              placeholder={SOURCES[sourceType].placeholder}
              spellCheck={false}
              wrap="off"
              aria-invalid={control["aria-invalid"] || (isChecked && problems.length > 0)}
              className={cx(inputClass, "overflow-x-auto py-3 font-mono text-[0.8125rem] leading-6")}
            />
          )}
        </Field>
        <LineProblems problems={problems} isLoud={isChecked} />
      </div>
      <TextField
        label="Label"
        hint="Given to every image of this job; can be changed later. Exports have a folder for each label."
        value={label}
        maxLength={120}
        autoComplete="off"
        placeholder="alpine-gentian"
        error={refused.label}
        onChange={(event) => setLabel(event.target.value)}
      />
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField
          label="Maximum images"
          hint="The job ends when it has stored this many."
          type="number"
          inputMode="numeric"
          {...MAX_IMAGES}
          value={maxImages}
          error={(isChecked ? faults.maxImages : undefined) ?? refused.max_images}
          onChange={(event) => setMaxImages(event.target.value)}
        />
        <TextField
          label="Minimum size"
          hint="Pixels of the shorter side. Smaller images are left out."
          type="number"
          inputMode="numeric"
          {...MIN_SIZE}
          value={minSize}
          error={(isChecked ? faults.minSize : undefined) ?? refused.min_size}
          onChange={(event) => setMinSize(event.target.value)}
        />
      </div>
      {create.isError && Object.keys(refused).length === 0 && <ErrorPanel error={create.error} />}
      <div className="flex flex-wrap items-center gap-4">
        <Button type="submit" size="large" isBusy={create.isPending}>
          Start crawling
        </Button>
        <p className="text-sm text-ink-soft">Obeys robots.txt and keeps licence and source of every image.</p>
      </div>
    </form>
  );
}

function summary(count: number, repeated: number): string {
  const parts = [plural(count, "address", "addresses")];
  if (repeated > 0) parts.push(`${plural(repeated, "repeated line")} left out`);
  return parts.join(", ");
}

function SourceChoice({ value, onChange }: { value: SourceType; onChange: (value: SourceType) => void }) {
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">Source</legend>
      <div className="grid gap-3 sm:grid-cols-2">
        {(["url_list", "web_page"] as const).map((type) => (
          <label
            key={type}
            className={cx(
              "flex cursor-pointer items-start gap-3 rounded-xl border p-4 transition-colors",
              "has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-offset-2 has-[:focus-visible]:outline-lamp-text",
              value === type ? "border-lamp bg-lamp-wash" : "border-rule-strong/60 bg-sheet hover:bg-well",
            )}
          >
            <input
              type="radio"
              name="source_type"
              value={type}
              checked={value === type}
              onChange={() => onChange(type)}
              aria-describedby={`source-${type}`}
              aria-label={SOURCES[type].title}
              className="mt-1 accent-lamp outline-none"
            />
            <span>
              <span className="block text-[0.9375rem] font-medium">{SOURCES[type].title}</span>
              <span id={`source-${type}`} className="block text-sm text-ink-soft">
                {SOURCES[type].text}
              </span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const SHOWN_PROBLEMS = 8;

/** Shown while typing, but announced only once somebody tried to start. */
function LineProblems({ problems, isLoud }: { problems: readonly LineProblem[]; isLoud: boolean }) {
  if (problems.length === 0) return null;
  const hidden = problems.length - SHOWN_PROBLEMS;
  return (
    <ul
      {...(isLoud && { role: "alert" })}
      aria-label="Lines that cannot be used"
      className="mt-2 space-y-1 rounded-xl bg-wine-wash px-4 py-3 text-[0.8125rem]"
    >
      {problems.slice(0, SHOWN_PROBLEMS).map(({ line, text, message }) => (
        <li key={line} className="flex flex-wrap gap-x-3 sm:flex-nowrap">
          <span className="shrink-0 font-medium text-wine tabular-nums">Line {line}</span>
          <span className="sm:shrink-0">{message}</span>
          <span className="min-w-0 truncate font-mono text-ink-soft">{text}</span>
        </li>
      ))}
      {hidden > 0 && <li className="text-ink-soft">and {plural(hidden, "more line")}</li>}
    </ul>
  );
}
