/** Every page, in light and dark and on a narrow screen, for people who see, hear or move differently. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { APP, DEMO_ACCOUNT, openBrowser, type Session, signIn } from "./browser.ts";

const AXE = new URL("../../node_modules/axe-core/axe.min.js", import.meta.url);
const OPEN_PAGES = ["/", "/sign-in", "/sign-up", "/forgot-password", "/no-such-page"];
const NARROWEST = { width: 320, height: 640 };

describe("every page", () => {
  let session: Session;
  let axe: string;

  before(async () => {
    axe = await readFile(AXE, "utf8");
    session = await openBrowser();
  });

  after(() => session.close());

  async function inspect(page: Page, path: string): Promise<void> {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.goto(APP + path);
      await page.waitForLoadState("networkidle");
      const violations = await violationsOf(page);
      assert.deepEqual(violations, [], `${path} in ${colorScheme}`);
    }
    const wide = page.viewportSize();
    await page.setViewportSize(NARROWEST);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${path} is ${overflow} px too wide at ${NARROWEST.width} px`);
    if (wide) await page.setViewportSize(wide);
  }

  /** Evaluated rather than added as a script: the page's own policy forbids foreign scripts, and shall. */
  async function violationsOf(page: Page): Promise<string[]> {
    await page.evaluate(axe);
    const results = await page.evaluate<AxeResults>("axe.run()");
    return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html, target }) => `${id}: ${target} ${html}`));
  }

  for (const path of OPEN_PAGES) {
    it(`has no barrier: ${path}`, () => inspect(session.page, path));
  }

  it("has no barrier behind the sign-in", async () => {
    const { page } = session;
    await signIn(page, DEMO_ACCOUNT.email, DEMO_ACCOUNT.password);
    await page.getByRole("button", { name: "New project" }).first().click();
    await page.getByRole("dialog").getByLabel("Name").fill("Accessibility");
    assert.deepEqual(await violationsOf(page), [], "the dialog");
    await page.getByRole("button", { name: "Create project" }).click();
    await page.waitForURL(/\/projects\/[0-9a-f-]{36}$/);
    const project = new URL(page.url()).pathname;
    for (const path of ["/projects", project, `${project}/jobs`, `${project}/jobs/new`, `${project}/exports`]) {
      await inspect(page, path);
    }
  });

  it("lets the keyboard alone open the menu and sign out", async () => {
    const { page } = session;
    await page.goto(`${APP}/projects`);
    await page.getByRole("button", { name: "Account" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => !url.pathname.startsWith("/projects"));
  });

  it("asks nobody but this machine", () => {
    assert.deepEqual(session.outside, []);
  });
});
