// A real headless Chromium against a running Penstock (PENSTOCK_URL).
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { watched } from "./rest";

export const base = process.env.PENSTOCK_URL ?? "http://127.0.0.1:8400";

const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export interface Visit {
  page: Page;
  /** What the page complained about on its console, and requests to any other host. */
  faults: string[];
}

/** browserForTests starts the browser for the tests of a file and gives a function that opens a page in it: by its path, or its whole address on another Penstock. */
export function browserForTests(): (path: string, options?: { dark?: boolean; width?: number; height?: number }) => Promise<Visit> {
  let browser: Browser | undefined;
  let open: BrowserContext[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: flags });
  });
  // Pages that nobody looks at any more go on asking the server. What was opened before the first test is for all of them.
  beforeEach(() => {
    open = [];
  });
  afterEach(async () => {
    await Promise.all(open.map((context) => context.close()));
  });
  afterAll(async () => {
    await browser?.close();
  });
  return async (path, { dark = false, width = 1440, height = 900 } = {}) => {
    if (!browser) throw new Error("no browser");
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? "dark" : "light", timezoneId: "Europe/Berlin" });
    open.push(context);
    const page = watched(await context.newPage());
    const address = new URL(path, base);
    const faults: string[] = [];
    page.on("pageerror", (e) => faults.push(`error: ${e.message}`));
    page.on("console", (m) => {
      // A query that is refused is an answer like any other; the browser reports it all the same.
      if (m.type() === "error" && !m.text().includes("status of 400")) faults.push(`console: ${m.text()}`);
    });
    page.on("request", (r) => {
      if (new URL(r.url()).origin !== address.origin && !r.url().startsWith("data:")) faults.push(`outside: ${r.url()}`);
    });
    await page.goto(address.href);
    return { page, faults };
  };
}

/** go leads to another page of the same visit, as a link does, without loading everything anew. */
export async function go(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, path);
}
