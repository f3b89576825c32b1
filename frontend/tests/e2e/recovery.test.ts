/** A forgotten password, mended through the mail that development keeps in its mailbox. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { APP, MAILBOX, openBrowser, type Session, signIn } from "./browser.ts";

describe("a forgotten password", () => {
  let session: Session;
  const email = `e2e-${randomUUID()}@example.com`;
  const password = `new-${randomUUID()}`;

  before(async () => {
    session = await openBrowser();
  });

  after(() => session.close());

  /** Leaves the page first: it would notice the loss and go to the sign-in by itself. */
  async function forgetSession(): Promise<void> {
    await session.page.getByRole("heading", { name: "Projects", level: 1 }).waitFor();
    await session.page.goto("about:blank");
    await session.context.clearCookies();
  }

  it("is replaced through the link in the mail", async () => {
    const { page } = session;
    await page.goto(`${APP}/sign-up`);
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill(`old-${randomUUID()}`);
    await page.getByRole("button", { name: "Create account" }).click();
    await forgetSession();
    await page.goto(`${APP}/forgot-password`);
    await page.getByLabel("Email").fill(email);
    await page.getByRole("main").getByRole("button").first().click();
    await page.getByRole("status").getByText(email).waitFor();
    await page.goto(await linkMailedTo(email));
    await page.waitForURL("**/reset-password**");
    await page.getByLabel("New password").fill(password);
    await page.getByLabel("Repeat the password").fill(password);
    await page.getByRole("button", { name: "Save password" }).click();
  });

  it("signs in anew", async () => {
    await forgetSession();
    await signIn(session.page, email, password);
  });

  it("asks nobody but this machine", () => {
    assert.deepEqual(session.outside, []);
  });
});

async function linkMailedTo(address: string): Promise<string> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const mails = await fetch(`${MAILBOX}/messages?to=${encodeURIComponent(address)}`);
    const [newest] = ((await mails.json()) as { items: { id: string }[] }).items;
    if (newest) {
      const mail = (await (await fetch(`${MAILBOX}/messages/${newest.id}`)).json()) as { text: string };
      const [link] = mail.text.match(/http\S+\/verify\?\S+/) ?? [];
      assert.ok(link, mail.text);
      return link;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`no mail to ${address} arrived`);
}
