import { describe, expect, it } from "vitest";
import { parseUrlList, refusedLines } from "@/features/crawl-jobs/url-list";

describe("parseUrlList", () => {
  it("reads an address a line, whatever the line ends with", () => {
    const { urls, problems } = parseUrlList("https://a.example/1.jpg\r\n http://b.example/2 \rhttps://c.example\n");
    expect(urls).toEqual(["https://a.example/1.jpg", "http://b.example/2", "https://c.example"]);
    expect(problems).toEqual([]);
  });

  it("leaves out blank lines, comments and repetitions", () => {
    const list = parseUrlList("# mine\n\nhttps://a.example/1.jpg\n  \nhttps://a.example/1.jpg");
    expect(list).toEqual({ urls: ["https://a.example/1.jpg"], lines: [3], problems: [], repeated: 1 });
  });

  it.each([
    ["nonsense", "This is not an address."],
    ["example.org/a.jpg", "Put https:// in front."],
    ["ftp://example.org/a.jpg", "Only http and https addresses can be crawled."],
    ["javascript:alert(1)", "Only http and https addresses can be crawled."],
    ["https://ada:pass@example.org/", "Remove the user name and password."],
    ["https://", "This is not an address."],
    ["https://a.example/1 https://a.example/2", "One address a line, without spaces."],
    [`https://a.example/${"x".repeat(2048)}`, "Longer than 2048 characters."],
  ])("says what is wrong with %s", (line, message) => {
    const { urls, problems } = parseUrlList(`https://fine.example/\n\n${line}`);
    expect(urls).toEqual(["https://fine.example/"]);
    expect(problems).toEqual([{ line: 3, text: line, message }]);
  });

  it("finds the lines that the API refused, wherever they stand now", () => {
    const sent = ["https://a.example/1", "http://10.0.0.1/2", "http://10.0.0.2/3"];
    const places = [
      { field: "sources.1", message: "line 2: 10.0.0.1 is not a public address" },
      { field: "sources.2", message: "line 3: 10.0.0.2 is not a public address" },
      { field: "name", message: "is too long" },
    ];
    expect(refusedLines(parseUrlList("# mine\n\nhttps://a.example/1\nhttp://10.0.0.1/2"), sent, places)).toEqual([
      { line: 4, text: "http://10.0.0.1/2", message: "10.0.0.1 is not a public address" },
    ]);
  });

  it("reads ten thousand lines in a blink", () => {
    const text = Array.from({ length: 10_000 }, (_, index) => `https://a.example/${index}.jpg`).join("\n");
    const begun = performance.now();
    expect(parseUrlList(text).urls).toHaveLength(10_000);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});
