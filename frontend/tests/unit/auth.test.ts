import { describe, expect, it } from "vitest";
import { authMessage } from "@/features/auth/messages";
import { resetSchema, signUpSchema } from "@/features/auth/schema";
import { safeNextPath } from "@/lib/auth/next-path";
import { problem, tokenReply } from "@/lib/auth/token-reply";
import { contentSecurityPolicy } from "@/lib/security/headers";

describe("safeNextPath", () => {
  it("lets a path of this site through", () => {
    expect(safeNextPath("/projects/1?label=a%20b#x")).toBe("/projects/1?label=a%20b#x");
  });

  it.each([
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
    "projects",
    "",
    null,
    undefined,
    7,
  ])("sends %j home", (value) => {
    expect(safeNextPath(value)).toBe("/projects");
  });
});

describe("forms", () => {
  it("refuse a short password and a wrong address", () => {
    const result = signUpSchema.safeParse({ email: "ada", password: "short" });
    expect(result.error?.issues.map(({ path }) => path[0])).toEqual(["email", "password"]);
  });

  it("refuse two passwords that differ", () => {
    const result = resetSchema.safeParse({ password: "long enough", repeat: "long enougk" });
    expect(result.error?.issues[0]).toMatchObject({ path: ["repeat"], message: "The two passwords differ." });
  });
});

describe("authMessage", () => {
  it("does not tell whether an address is known", () => {
    expect(authMessage({ code: "invalid_credentials", status: 400 })).toBe("Email or password is wrong.");
  });

  it("tells a fault of the service from one of the person", () => {
    expect(authMessage({ status: 503 })).toContain("does not answer");
    expect(authMessage({ code: "unheard_of", status: 400 })).toContain("Check what you entered");
  });
});

describe("the token's reply", () => {
  it("is never stored and tells the time left, not an instant", async () => {
    const reply = tokenReply("abc", 1000, 400_500);
    expect(reply.headers.get("cache-control")).toContain("no-store");
    expect(await reply.json()).toEqual({ access_token: "abc", expires_in: 599 });
  });

  it("refuses with a problem", async () => {
    const reply = problem(401, "You are signed out");
    expect(reply.headers.get("content-type")).toBe("application/problem+json");
    expect(await reply.json()).toMatchObject({ status: 401, title: "You are signed out" });
  });
});

describe("contentSecurityPolicy", () => {
  const base = { apiOrigin: "http://localhost:8000", isDevelopment: false };

  it("trusts only scripts with the nonce on pages that have one", () => {
    const policy = contentSecurityPolicy({ ...base, nonce: "abc" });
    expect(policy).toContain("script-src 'self' 'nonce-abc' 'strict-dynamic';");
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  });

  it("lets pictures and requests go to the API and nowhere else", () => {
    const policy = contentSecurityPolicy(base);
    expect(policy).toContain("connect-src 'self' http://localhost:8000;");
    expect(policy).toContain("img-src 'self' data: blob: http://localhost:8000;");
    expect(policy).toContain("frame-ancestors 'none'");
  });
});
