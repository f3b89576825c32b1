import { describe, expect, it } from "vitest";
import { authorizedFetch } from "@/lib/api/client";
import { createTokenSource } from "@/lib/api/token";

function server(expiresIn = 3600) {
  let count = 0;
  let clock = 0;
  const tokens = createTokenSource({
    now: () => clock,
    fetch: async () => {
      count += 1;
      return Response.json({ access_token: `token-${count}`, expires_in: expiresIn });
    },
  });
  return { tokens, requests: () => count, pass: (seconds: number) => (clock += seconds * 1000) };
}

describe("createTokenSource", () => {
  it("asks once for many callers and keeps the token", async () => {
    const { tokens, requests } = server();
    expect(await Promise.all([tokens.get(), tokens.get(), tokens.get()])).toEqual(["token-1", "token-1", "token-1"]);
    expect(await tokens.get()).toBe("token-1");
    expect(requests()).toBe(1);
  });

  it("asks again a minute before the token ends", async () => {
    const { tokens, pass } = server(3600);
    await tokens.get();
    pass(3539);
    expect(await tokens.get()).toBe("token-1");
    pass(1);
    expect(await tokens.get()).toBe("token-2");
  });

  it("says that the session is over, and asks anew the next time", async () => {
    let status = 401;
    const tokens = createTokenSource({
      fetch: async () => Response.json({ access_token: "fresh", expires_in: 3600 }, { status }),
    });
    await expect(tokens.get()).rejects.toMatchObject({ kind: "signed-out" });
    status = 200;
    expect(await tokens.get()).toBe("fresh");
  });
});

describe("authorizedFetch", () => {
  it("repeats once with a new token when the API refuses the old one", async () => {
    const { tokens } = server();
    const sent: string[] = [];
    const send = authorizedFetch(tokens, async (input) => {
      const request = input as Request;
      sent.push(`${request.headers.get("authorization")} ${await request.text()}`);
      return new Response(null, { status: sent.length === 1 ? 401 : 204 });
    });
    const response = await send(new Request("http://api.example/x", { method: "POST", body: "hello" }));
    expect(response.status).toBe(204);
    expect(sent).toEqual(["Bearer token-1 hello", "Bearer token-2 hello"]);
  });

  it("gives a second refusal to the caller", async () => {
    const { tokens, requests } = server();
    const send = authorizedFetch(tokens, async () => new Response(null, { status: 401 }));
    expect((await send(new Request("http://api.example/x"))).status).toBe(401);
    expect(requests()).toBe(2);
  });
});
