// A real headless Chromium against a running Penstock (PENSTOCK_URL).
import { chromium } from "playwright-core";
import type { BrowserContext, CDPSession, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { watched } from "./rest";

export const base = process.env.PENSTOCK_URL ?? "http://127.0.0.1:8400";

const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

const timezoneId = "Europe/Berlin";

interface Closable {
  close(): Promise<void>;
}

export interface Visit {
  page: Page;
  /** What the page complained about on its console, and requests to any other host. */
  faults: string[];
}

interface Look {
  dark?: boolean;
  width?: number;
  height?: number;
  /** As somebody else, whose browser has never been here. */
  fresh?: boolean;
}

/**
 * browserForTests starts the browser for the tests of a file and gives a function that opens a page in it: by its path, or its whole address on another Penstock.
 * The first visit of a test finds the files of the page in the cache, which saves half the time of loading it, and nothing else that an earlier one left
 * behind; further visits, those before the first test, and fresh ones are somebody else's.
 */
export function browserForTests(): (path: string, look?: Look) => Promise<Visit> {
  let usual: BrowserContext | undefined;
  let keeper: CDPSession | undefined;
  let open: Closable[] = [];
  let first = false;
  const origins = new Set<string>();
  beforeAll(async () => {
    usual = await chromium.launchPersistentContext(process.env.PENSTOCK_PROFILE ?? "", { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: flags, timezoneId });
    keeper = await usual.newCDPSession(usual.pages()[0] ?? (await usual.newPage()));
  });
  // Pages that nobody looks at any more go on asking the server. What was opened before the first test is for all of them.
  beforeEach(() => {
    open = [];
    first = true;
  });
  afterEach(async () => {
    await Promise.all(open.map((o) => o.close()));
    for (const origin of origins) await keeper?.send("Storage.clearDataForOrigin", { origin, storageTypes: "cookies,local_storage,indexeddb" });
    await usual?.clearPermissions();
  });
  afterAll(async () => {
    await usual?.close();
  });
  return async (path, { dark = false, width = 1440, height = 900, fresh = false } = {}) => {
    const browser = usual?.browser();
    if (!usual || !browser) throw new Error("no browser");
    const cached = first && !fresh;
    if (cached) first = false;
    const context = cached ? usual : await browser.newContext({ timezoneId });
    const page = watched(await context.newPage());
    open.push(cached ? page : context);
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
    const address = new URL(path, base);
    if (cached) origins.add(address.origin);
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
