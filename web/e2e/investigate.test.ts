// What an analyst does with the events that a search found: split, choose columns, pivot, save, export, share.
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { violations } from "./axe";
import { base, browserForTests } from "./browser";

const open = browserForTests();
const rows = (page: Page) => page.locator("[data-event]");
const columns = (page: Page) => page.locator("[role=columnheader][data-column]").evaluateAll((heads) => heads.map((h) => h.getAttribute("data-column")));
const param = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

async function openFirst(page: Page, path: string): Promise<void> {
  await page.goto(base + path);
  await rows(page).first().locator("div").first().click();
  await page.getByRole("dialog").locator("tr[data-field]").first().waitFor();
}

test("the histogram is split by any field", async () => {
  const { page } = await open("/events");
  await rows(page).first().waitFor();
  const split = page.getByRole("combobox", { name: "Split the histogram by" });
  await split.fill("event.category");
  await page.getByRole("option", { name: "event.category", exact: true }).click();
  await expect.poll(() => param(page, "split")).toBe("event.category");
  await page.getByRole("img", { name: /split by event.category/ }).waitFor();
});

test("columns are added, moved and made wider by keyboard, and the address has them", async () => {
  const { page } = await open("/events");
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("combobox", { name: "Add a column" }).fill("process.pid");
  await page.getByRole("option", { name: "process.pid", exact: true }).click();
  await page.keyboard.press("Escape");
  await expect.poll(() => columns(page)).toEqual(["penstock.table", "host.name", "process.pid", "sentence"]);
  await page.getByRole("button", { name: "Column process.pid" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Move left" }).click();
  await expect.poll(() => columns(page)).toEqual(["penstock.table", "process.pid", "host.name", "sentence"]);
  await page.getByRole("separator", { name: "Width of process.pid" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => param(page, "columns")).toMatch(/^penstock\.table,process\.pid~\d+,host\.name,sentence$/);
});

test("columns are moved by dragging, and stay where this browser keeps them", async () => {
  const { page } = await open("/events");
  await rows(page).first().waitFor();
  await page.locator('[data-column="host.name"]').dragTo(page.locator('[data-column="penstock.table"]'));
  await expect.poll(() => columns(page)).toEqual(["host.name", "penstock.table", "sentence"]);
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("button", { name: "Keep as my columns" }).click();
  await page.goto(`${base}/events`);
  await expect.poll(() => columns(page)).toEqual(["host.name", "penstock.table", "sentence"]);
});

test("a value leads on to every event of its host, and to its timeline", async () => {
  const { page } = await open("/about");
  await openFirst(page, "/events?q=penstock.table%3A+DeviceProcessEvents");
  const host = page.getByRole("dialog").locator('tr[data-field="host.name"]');
  const name = (await host.locator("td").nth(1).innerText()).trim();
  await host.getByRole("button", { name: /Lead on/ }).click();
  await page.getByRole("menuitem", { name: "All events of this host" }).click();
  await expect.poll(() => param(page, "q")).toBe(`host.name: ${name}`);
  await expect.poll(() => rows(page).first().innerText()).toContain(name);
  await rows(page).first().locator("div").first().click();
  await page.getByRole("dialog").locator('tr[data-field="host.name"]').getByRole("button", { name: /Lead on/ }).click();
  await page.getByRole("menuitem", { name: "Timeline around this moment" }).click();
  await page.getByRole("heading", { name: `Timeline of ${name}` }).waitFor();
  await rows(page).first().waitFor({ timeout: 30_000 });
  expect(await violations(page)).toEqual([]);
});

test("an event tells what happened, where its fields came from, what belongs to it and what started what", async () => {
  const { page, faults } = await open("/about");
  await openFirst(page, "/events?q=penstock.table%3A+DeviceProcessEvents+and+action.type%3A+ProcessCreated");
  const drawer = page.getByRole("dialog");
  await expect.poll(() => drawer.locator("[data-telling]").innerText()).toMatch(/ started /);
  await drawer.getByRole("tab", { name: "Provenance" }).click();
  await drawer.locator('[data-origin="host.name"]').getByText(/host\.name = DeviceName/).first().waitFor({ timeout: 30_000 });
  await drawer.getByRole("tab", { name: "Related" }).click();
  await drawer.getByRole("link", { name: /Same host/ }).waitFor({ timeout: 45_000 });
  await drawer.getByRole("tab", { name: "Process tree" }).click();
  await drawer.locator("[data-subject]").waitFor({ timeout: 45_000 });
  await drawer.getByRole("tab", { name: "Rules" }).click();
  expect(param(page, "tab")).toBe("rules");
  expect(faults).toEqual([]);
});

test("a link shows somebody else the same event of the same search", async () => {
  const { page } = await open("/events?q=host.name%3A+*");
  await rows(page).first().locator("div").first().click();
  const what = await page.getByRole("dialog").locator("[data-telling]").innerText();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy the link to this event" }).click();
  const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  const other = await open(link.pathname + link.search);
  await expect.poll(() => other.page.getByRole("dialog").locator("[data-telling]").innerText()).toBe(what);
  expect(param(other.page, "q")).toBe("host.name: *");
});

test("a search is saved, shared and applied by somebody else, who cannot delete it", async () => {
  const name = `Logons ${Date.now()}`;
  const { page } = await open("/events?q=event.category%3A+authentication&from=now-7d&split=user.name");
  await page.getByRole("textbox", { name: /Your name/ }).fill("ada");
  await page.getByRole("button", { name: "Saved" }).click();
  await page.getByRole("button", { name: "Save this search" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  await page.getByRole("switch", { name: /Shared/ }).check({ force: true });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("dialog", { name: "Save this search" }).waitFor({ state: "hidden" });

  const bob = await open("/events");
  await bob.page.getByRole("textbox", { name: /Your name/ }).fill("bob");
  await bob.page.getByRole("button", { name: "Saved" }).click();
  const entry = bob.page.locator(`[data-saved="${name}"]`);
  await entry.getByText("by ada").waitFor();
  expect(await entry.getByRole("button", { name: /Delete/ }).count()).toBe(0);
  await entry.getByRole("button").first().click();
  await expect.poll(() => [param(bob.page, "q"), param(bob.page, "from"), param(bob.page, "split")]).toEqual(["event.category: authentication", "now-7d", "user.name"]);

  await page.getByRole("button", { name: "Saved" }).click();
  await page.getByRole("button", { name: `Delete the saved query ${name}` }).click();
  await page.locator(`[data-saved="${name}"]`).waitFor({ state: "hidden" });
});

test("what was found is exported and taken away", async () => {
  const { page, faults } = await open("/events?q=penstock.table%3A+DeviceLogonEvents");
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("button", { name: "Start the export" }).click();
  const entry = page.locator("[data-export]").first();
  await entry.and(page.locator('[data-state="done"]')).waitFor({ timeout: 60_000 });
  const id = (await entry.getAttribute("data-export")) ?? "";
  expect(await violations(page)).toEqual([]);
  const coming = page.waitForEvent("download");
  await entry.getByRole("button", { name: "Download" }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toMatch(/^penstock-.*\.csv$/);
  const lines = (await readFile(await download.path(), "utf8")).split("\n");
  expect(lines[0]).toBe("@timestamp,penstock.table,host.name,sentence");
  expect(lines[1]).toContain("DeviceLogonEvents");
  await entry.getByRole("button", { name: /Delete/ }).click();
  await expect.poll(() => page.locator(`[data-export="${id}"]`).count()).toBe(0);
  expect(faults).toEqual([]);
});

test("rows are shown while the histogram still computes, and the search can be ended", async () => {
  const { page } = await open("/about");
  let ended = 0;
  page.on("requestfailed", (r) => {
    if (r.url().includes("/histogram")) ended++;
  });
  await page.route(`${base}/api/v1/events/histogram*`, () => new Promise(() => undefined));
  await page.goto(`${base}/events`);
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: "End the search" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("The counting was ended.").waitFor();
  await expect.poll(() => ended).toBeGreaterThan(0);
  expect(await rows(page).count()).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Search again" }).waitFor();
});

test("the keys of the page work, and are told", async () => {
  const { page } = await open("/events");
  await rows(page).first().waitFor();
  await page.keyboard.press("j");
  await expect.poll(() => page.locator("[data-event][data-active]").getAttribute("aria-rowindex")).toBe("2");
  await page.keyboard.press("k");
  await expect.poll(() => page.locator("[data-event][data-active]").getAttribute("aria-rowindex")).toBe("1");
  await page.keyboard.press("/");
  await page.keyboard.type("host");
  await expect.poll(() => page.getByRole("textbox", { name: "Query" }).innerText()).toBe("host");
  await page.getByRole("grid", { name: "Events" }).focus();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
});

test("values are completed, with the beginning that is typed", async () => {
  const { page } = await open("/events");
  await rows(page).first().waitFor();
  await page.getByRole("textbox", { name: "Query" }).click();
  await page.keyboard.type("penstock.table: DeviceProc");
  await page.locator(".cm-tooltip-autocomplete").getByText("DeviceProcessEvents").first().waitFor();
});

test("scrolling goes on from page to page", async () => {
  const { page } = await open("/events?from=now-7d");
  await rows(page).first().waitFor();
  const grid = page.getByRole("grid", { name: "Events" });
  for (let i = 0; i < 4; i++) {
    await expect.poll(async () => {
      await grid.evaluate((g) => g.scrollTo(0, g.scrollHeight));
      return Number(await rows(page).last().getAttribute("aria-rowindex"));
    }).toBeGreaterThan(200 * (i + 1) - 40);
  }
  await grid.evaluate((g) => g.scrollTo(0, 0));
  await expect.poll(async () => Number(await rows(page).first().getAttribute("aria-rowindex"))).toBe(1);
});

test("on a phone the timeline of a host fits, and shows its events", async () => {
  const { page } = await open("/events?q=penstock.table%3A+DeviceProcessEvents", { width: 390, height: 800 });
  await rows(page).first().locator("div").first().click();
  await page.getByRole("dialog").locator('tr[data-field="host.name"]').getByRole("button", { name: /Lead on/ }).click();
  await page.getByRole("menuitem", { name: "Timeline around this moment" }).click();
  await page.getByRole("region", { name: "Timeline" }).locator("[data-event]").first().waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

test("on a phone the fields can be reached, and an event be read", async () => {
  const { page } = await open("/events", { width: 390, height: 800 });
  await page.getByRole("button", { name: "Show the fields" }).click();
  await page.getByRole("dialog", { name: "Fields" }).getByRole("textbox", { name: "Find a field" }).waitFor();
  await page.keyboard.press("Escape");
  await rows(page).first().locator("div").first().click();
  await page.getByRole("dialog").locator("tr[data-field]").first().waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});
