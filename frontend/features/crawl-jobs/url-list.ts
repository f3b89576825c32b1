/** Reads what people paste: an address a line, blank lines and # comments between them. */

export interface LineProblem {
  /** Counted from 1, as an editor does. */
  line: number;
  text: string;
  message: string;
}

export interface UrlList {
  urls: string[];
  /** The line of each address. */
  lines: number[];
  problems: LineProblem[];
  /** Lines that repeat an earlier address; they are left out without complaint. */
  repeated: number;
}

const LONGEST_URL = 2048;

function problemOf(text: string): string | null {
  if (/\s/.test(text)) return "One address a line, without spaces.";
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) {
    return URL.canParse(`https://${text}`) && text.includes(".") ? "Put https:// in front." : "This is not an address.";
  }
  if (!URL.canParse(text)) return "This is not an address.";
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return "Only http and https addresses can be crawled.";
  if (url.username || url.password) return "Remove the user name and password.";
  if (text.length > LONGEST_URL) return `Longer than ${LONGEST_URL} characters.`;
  return null;
}

export function parseUrlList(input: string): UrlList {
  const seen = new Map<string, number>();
  const problems: LineProblem[] = [];
  let repeated = 0;
  for (const [index, raw] of input.split(/\r\n|\n|\r/).entries()) {
    const text = raw.trim();
    if (text === "" || text.startsWith("#")) continue;
    const message = problemOf(text);
    if (message) problems.push({ line: index + 1, text, message });
    else if (seen.has(text)) repeated += 1;
    else seen.set(text, index + 1);
  }
  return { urls: [...seen.keys()], lines: [...seen.values()], problems, repeated };
}

/** What the API refused of `sent`, at the lines where it stands now. What was removed since is no longer a problem. */
export function refusedLines(
  list: UrlList,
  sent: readonly string[],
  places: readonly { field: string; message: string }[],
): LineProblem[] {
  return places.flatMap(({ field, message }) => {
    const index = /^sources\.(\d+)$/.exec(field)?.[1];
    const text = index === undefined ? undefined : sent[Number(index)];
    const line = text === undefined ? undefined : list.lines[list.urls.indexOf(text)];
    // The API counts what it was sent; people count the lines they see.
    return text && line ? [{ line, text, message: message.replace(/^line \d+: /, "") }] : [];
  });
}
