/** A browser that notes every address it asks for, and the addresses of the stack that `invoke dev --demo` starts. */
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

export const APP = process.env.E2E_APP ?? "http://localhost:3000";
export const DEMO = process.env.E2E_DEMO ?? "http://127.0.0.1:54326";
export const MAILBOX = process.env.E2E_MAILBOX ?? "http://127.0.0.1:54324";
export const DEMO_ACCOUNT = { email: "demo@pixcrawler.local", password: "demo-pixcrawler" };

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Chromium itself must not look for updates or names outside; what a page does is what is tested. */
const QUIET = [
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-sync",
  "--disable-quic",
  "--no-proxy-server",
  "--no-pings",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

export interface Session {
  context: BrowserContext;
  page: Page;
  /** Requests to anything but this machine. */
  outside: string[];
  /** Uncaught errors of pages, and what they wrote to the console as an error. */
  complaints: string[];
  close: () => Promise<void>;
}

export async function openBrowser(): Promise<Session> {
  const browser: Browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    chromiumSandbox: process.getuid?.() !== 0,
    args: QUIET,
  });
  const context = await browser.newContext({ acceptDownloads: true, viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(30_000);
  // The first view of a page waits for the development server to compile it.
  context.setDefaultNavigationTimeout(90_000);
  const outside: string[] = [];
  const complaints: string[] = [];
  context.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith("http") && !LOOPBACK.has(hostname)) outside.push(request.url());
  });
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${message.text()} (${message.location().url})`);
  });
  return { context, page: await context.newPage(), outside, complaints, close: () => browser.close() };
}

export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.goto(`${APP}/sign-in`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Projects", level: 1 }).waitFor();
}
