/** Reads what a ZIP that stores its files, as exports do, has inside. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;

export async function readArchive(path: string): Promise<Map<string, Buffer>> {
  const bytes = await readFile(path);
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || bytes.readUInt32LE(end) !== END_OF_DIRECTORY) throw new Error(`${path} is not a ZIP`);
  const files = new Map<string, Buffer>();
  let entry = bytes.readUInt32LE(end + 16);
  for (let count = bytes.readUInt16LE(end + 10); count > 0; count--) {
    if (bytes.readUInt32LE(entry) !== DIRECTORY_ENTRY) throw new Error(`${path} has a broken directory`);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => bytes.readUInt16LE(entry + offset));
    const name = bytes.toString("utf8", entry + 46, entry + 46 + (nameLength ?? 0));
    const local = bytes.readUInt32LE(entry + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    files.set(name, bytes.subarray(start, start + bytes.readUInt32LE(entry + 24)));
    entry += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return files;
}

export const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
