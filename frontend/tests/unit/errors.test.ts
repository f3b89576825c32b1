import { describe, expect, it } from "vitest";
import { ApiError, errorFromResponse, toApiError, unwrap } from "@/lib/api/errors";

const answer = (status: number, headers: Record<string, string> = {}) => new Response(null, { status, headers });

describe("errorFromResponse", () => {
  it("shows the problem's own words and its request id", () => {
    const body = { title: "Not possible in this state", detail: "A stopped job cannot stop.", request_id: "r-1" };
    const error = errorFromResponse(answer(409), body);
    expect(error).toMatchObject({ kind: "conflict", title: body.title, detail: body.detail, requestId: "r-1" });
  });

  it("takes the request id from the header when the body has none", () => {
    expect(errorFromResponse(answer(502, { "X-Request-ID": "r-2" }), "<html>").requestId).toBe("r-2");
  });

  it.each([
    [401, "signed-out"],
    [403, "forbidden"],
    [404, "not-found"],
    [409, "conflict"],
    [413, "invalid"],
    [422, "invalid"],
    [429, "too-many"],
    [500, "unavailable"],
    [503, "unavailable"],
    [418, "unexpected"],
  ])("knows what %i means", (status, kind) => {
    const error = errorFromResponse(answer(status), null);
    expect(error.kind).toBe(kind);
    expect(error.title).not.toBe("");
    expect(error.detail).not.toBe("");
  });

  it("gathers the messages of refused fields, the first for each", () => {
    const errors = [
      { field: "sources.0", message: "line 1: is not a URL" },
      { field: "sources.4", message: "line 5: is not a URL" },
      { field: "name", message: "is too long" },
      { field: "", message: "the body is not valid JSON" },
    ];
    const error = errorFromResponse(answer(422), { errors: [...errors, null, { field: 3 }] });
    expect(error.fields).toEqual({ sources: "line 1: is not a URL", name: "is too long" });
    expect(error.places).toEqual(errors);
  });

  it("survives any body", () => {
    for (const body of [null, undefined, 7, "text", [], { title: 3, detail: {}, request_id: [], errors: "x" }]) {
      expect(errorFromResponse(answer(500), body)).toBeInstanceOf(ApiError);
    }
  });
});

describe("toApiError", () => {
  it("takes a failed fetch for an unreachable API", () => {
    expect(toApiError(new TypeError("Failed to fetch"))).toMatchObject({ kind: "unreachable", isRetryable: true });
  });

  it("leaves an ApiError as it is", () => {
    const error = new ApiError({ kind: "conflict" });
    expect(toApiError(error)).toBe(error);
  });
});

describe("unwrap", () => {
  it("gives the data of a good answer", async () => {
    await expect(unwrap(Promise.resolve({ data: [1], response: answer(200) }))).resolves.toEqual([1]);
  });

  it("throws the problem of a bad one", async () => {
    const call = Promise.resolve({ error: { detail: "no" }, response: answer(404) });
    await expect(unwrap(call)).rejects.toMatchObject({ kind: "not-found", detail: "no" });
  });
});
