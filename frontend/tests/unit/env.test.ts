import { describe, expect, it } from "vitest";
import { z } from "zod";
import { EnvironmentError, parseEnvironment } from "@/lib/env/parse";

const schema = z.object({
  FIRST_URL: z.url().meta({ description: "address of the first", example: "http://first.example" }),
  SECOND_KEY: z.string().min(20).meta({ description: "key of the second" }),
  THIRD_NAME: z.string(),
});

function problemsOf(values: Record<string, string | undefined>): readonly string[] {
  try {
    parseEnvironment(schema, values, "some/.env");
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
  return [];
}

describe("parseEnvironment", () => {
  it("gives back what is valid", () => {
    const values = { FIRST_URL: "http://a.example", SECOND_KEY: "k".repeat(20), THIRD_NAME: "n" };
    expect(parseEnvironment(schema, values, "some/.env")).toEqual(values);
  });

  it("names every missing variable at once, with its meaning and an example", () => {
    const problems = problemsOf({});
    expect(problems).toHaveLength(3);
    expect(problems[0]).toBe("FIRST_URL is missing: address of the first; for example http://first.example");
    expect(problems[1]).toContain("SECOND_KEY is missing: key of the second");
  });

  it("takes an empty value for a missing one", () => {
    expect(problemsOf({ FIRST_URL: "", SECOND_KEY: "k".repeat(20), THIRD_NAME: "n" })).toEqual([
      expect.stringContaining("FIRST_URL is missing"),
    ]);
  });

  it("tells a wrong value from a missing one and never repeats the value", () => {
    const [problem = ""] = problemsOf({ FIRST_URL: "http://a.example", SECOND_KEY: "secret", THIRD_NAME: "n" });
    expect(problem).toContain("SECOND_KEY is not valid");
    expect(problem).not.toContain("secret");
  });

  it("names the file in its message", () => {
    expect(() => parseEnvironment(schema, {}, "some/.env")).toThrow(/some\/\.env is incomplete/);
  });
});

describe("the variables of the app", () => {
  it("each say what they are", async () => {
    process.env.NEXT_PUBLIC_SUPABASE_URL = "http://127.0.0.1:54321/";
    process.env.NEXT_PUBLIC_SUPABASE_ANON_KEY = "a".repeat(40);
    process.env.NEXT_PUBLIC_API_URL = "http://localhost:8000";
    process.env.NEXT_PUBLIC_APP_URL = "http://localhost:3000";
    const { clientSchema, env } = await import("@/lib/env");
    const { serverSchema } = await import("@/lib/env.server");
    for (const field of Object.values({ ...clientSchema.shape, ...serverSchema.shape })) {
      expect(field.meta()?.description).toBeTruthy();
    }
    expect(env.NEXT_PUBLIC_SUPABASE_URL).toBe("http://127.0.0.1:54321");
  });
});
