import { z } from "zod";

/** Thrown at start: names every variable that is missing or wrong, the file it belongs to and what it may hold. */
export class EnvironmentError extends Error {
  constructor(
    readonly file: string,
    readonly problems: readonly string[],
  ) {
    super(`${file} is incomplete:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.name = "EnvironmentError";
  }
}

function describe(schema: z.ZodObject, name: string): string {
  const field = schema.shape[name];
  const meta = field instanceof z.ZodType ? field.meta() : undefined;
  return [meta?.description, meta?.example && `for example ${String(meta.example)}`].filter(Boolean).join("; ");
}

/** Parses all variables at once. An empty value counts as missing, as a line `NAME=` in a file does. */
export function parseEnvironment<T extends z.ZodObject>(
  schema: T,
  values: Record<string, string | undefined>,
  file: string,
): z.output<T> {
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ""));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? "");
    const fault = name in given ? "is not valid" : "is missing";
    return `${name} ${fault}: ${describe(schema, name) || issue.message}`;
  });
  throw new EnvironmentError(file, problems);
}
