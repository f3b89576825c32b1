import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import { connect, type Database } from "@/lib/db/client";

const ROOT = resolve(import.meta.dirname, "../../..");

// Prints the superuser's address, then lives until its input ends.
const SERVE = `
import pathlib, sys
from env.services.postgres import temporary_cluster
with temporary_cluster(pathlib.Path(sys.argv[1])) as dsn:
    print(dsn, flush=True)
    sys.stdin.read()
`;

function python(): string {
  const places = process.platform === "win32" ? "Scripts/python.exe" : "bin/python";
  const homes = [process.env.VIRTUAL_ENV, join(ROOT, ".venv")];
  const found = homes.map((home) => home && join(home, places)).find((path) => path && existsSync(path));
  return found || "python";
}

function addressFor(dsn: string, user?: { name: string; password: string }): string {
  const url = new URL(dsn);
  if (user) Object.assign(url, { username: user.name, password: user.password });
  return url.toString();
}

function firstLine(child: ChildProcess): Promise<string> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error("PostgreSQL was started without pipes");
  let complaint = "";
  stderr.on("data", (chunk) => (complaint += String(chunk)));
  return new Promise((done, fail) => {
    createInterface(stdout).once("line", done);
    child.once("error", fail);
    child.once("exit", (code) => fail(new Error(`PostgreSQL ended with ${code}: ${complaint}`)));
  });
}

export interface TestDatabase {
  owner: Database;
  /** As the app connects: a role that may only become `authenticated`. */
  app: Database;
  close: () => Promise<void>;
}

/** A fresh PostgreSQL in Supabase's form with all migrations; the Python side of the repository carries the server. */
export async function startPostgres(): Promise<TestDatabase> {
  const directory = mkdtempSync(join(tmpdir(), "pixcrawler-frontend-"));
  const child = spawn(python(), ["-c", SERVE, join(directory, "data")], { cwd: ROOT });
  const dsn = await firstLine(child);
  const owner = connect(addressFor(dsn), 1);
  await migrate(owner, { migrationsFolder: join(ROOT, "frontend/drizzle") });
  const app = connect(addressFor(dsn, { name: "authenticator", password: "postgres" }), 2);
  const close = async () => {
    await Promise.all([owner.$client.end(), app.$client.end()]);
    const ended = new Promise((done) => child.once("exit", done));
    child.stdin?.end();
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  return { owner, app, close };
}
