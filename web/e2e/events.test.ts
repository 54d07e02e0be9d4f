import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { browserForTests } from "./browser";

const open = browserForTests();
const rows = (page: Page) => page.locator("[data-event]");

async function firstValue(page: Page, field: string): Promise<string> {
  const cell = page.locator(`[data-event] [data-field="${field}"]`).filter({ hasText: /\S/ }).first();
  await cell.waitFor();
  return (await cell.innerText()).trim();
}

async function total(page: Page): Promise<number> {
  return Number((await page.getByTestId("total").innerText()).replace(/\D/g, ""));
}

async function search(page: Page, query: string): Promise<void> {
  const editor = page.getByRole("textbox", { name: "Query" });
  await editor.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type(query);
  await page.keyboard.press("Escape"); // closes the completion
  await page.keyboard.press("Enter");
}

test("events appear, and no other host is asked for anything", async () => {
  const { page, faults } = await open("/events");
  await rows(page).first().waitFor();
  expect(new URL(page.url()).pathname).toBe("/events");
  await expect.poll(() => total(page)).toBeGreaterThan(0);
  await page.getByRole("img", { name: /Events over time/ }).waitFor();
  expect(faults).toEqual([]);
});

test("a search shows what matches, and its address reproduces it", async () => {
  const { page } = await open("/events");
  const host = await firstValue(page, "host.name");
  await search(page, `host.name: ${host}`);
  await expect.poll(() => page.url()).toContain("q=host.name");
  await expect.poll(async () => new Set(await page.locator('[data-event] [data-field="host.name"]').allInnerTexts())).toEqual(new Set([host]));
  const again = await open(new URL(page.url()).pathname + new URL(page.url()).search);
  await expect.poll(async () => new Set(await again.page.locator('[data-event] [data-field="host.name"]').allInnerTexts())).toEqual(new Set([host]));
});

test("a query that is not understood is shown at its column", async () => {
  const { page } = await open("/events");
  await rows(page).first().waitFor();
  await search(page, "process.pid: many");
  await page.getByRole("alert").filter({ hasText: /Column \d+/ }).first().waitFor();
  await page.locator(".query-error").waitFor();
});

test("names of fields are completed", async () => {
  const { page } = await open("/events");
  await rows(page).first().waitFor();
  await page.getByRole("textbox", { name: "Query" }).click();
  await page.keyboard.type("host.na");
  await page.locator(".cm-tooltip-autocomplete").getByText("host.name").first().waitFor();
});

test("every value can be filtered for and filtered out", async () => {
  const { page } = await open("/events");
  await rows(page).first().locator("div").first().click();
  const drawer = page.getByRole("dialog");
  const row = drawer.locator('tr[data-field="penstock.table"]');
  const table = (await row.locator("td").nth(1).innerText()).trim();
  await row.getByRole("button", { name: /Filter for/ }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe(`penstock.table: ${table}`);
  await expect.poll(async () => new Set(await page.locator('[data-event] [data-field="penstock.table"]').allInnerTexts())).toEqual(new Set([table]));
  await row.getByRole("button", { name: /Filter out/ }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toBe(`not penstock.table: ${table}`);
  await expect.poll(async () => (await page.locator('[data-event] [data-field="penstock.table"]').allInnerTexts()).includes(table)).toBe(false);
});

test("an event shows its fields, its document and its record, under an address of its own", async () => {
  const { page, faults } = await open("/events");
  await rows(page).first().locator("div").first().click();
  const drawer = page.getByRole("dialog");
  await drawer.locator('tr[data-field="@timestamp"]').waitFor();
  await drawer.getByRole("tab", { name: "JSON" }).click();
  await expect.poll(() => drawer.locator("pre").innerText()).toContain('"@timestamp"');
  await drawer.getByRole("tab", { name: "Original" }).click();
  await expect.poll(() => drawer.locator("pre").innerText()).toContain("AdvancedHunting-");
  const address = new URL(page.url());
  expect(address.searchParams.get("tab")).toBe("record");
  const again = await open(address.pathname + address.search);
  await expect.poll(() => again.page.getByRole("dialog").locator("pre").innerText()).toContain("AdvancedHunting-");
  await again.page.keyboard.press("Escape");
  await expect.poll(() => new URL(again.page.url()).searchParams.has("event")).toBe(false);
  expect(faults).toEqual([]);
});

test("top values of a field narrow the search", async () => {
  const { page } = await open("/events");
  await rows(page).first().waitFor();
  await page.getByRole("textbox", { name: "Find a field", exact: true }).fill("host.name");
  await page.getByLabel("Fields").getByText("host.name", { exact: true }).first().click();
  await page.getByRole("button", { name: /Filter for host.name/ }).first().click();
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toMatch(/^host\.name: /);
});

test("a time range is chosen from the list and by dragging across the histogram", async () => {
  const { page } = await open("/events");
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: "Time range" }).click();
  await page.getByText("Last 1 hour").click();
  await expect.poll(() => page.url()).toContain("from=now-1h");
  const chart = page.getByRole("img", { name: /Events over time/ });
  await chart.waitFor();
  // Counting may take a moment, and the chart is drawn anew when it is done.
  await expect.poll(async () => {
    const box = await chart.boundingBox();
    if (!box) throw new Error("the histogram has no place");
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 60, { steps: 8 });
    await page.mouse.up();
    return page.url();
  }, { interval: 1000 }).toMatch(/from=20\d\d-/);
});

test("live, events arrive by themselves", async () => {
  const { page, faults } = await open("/events?live=1");
  await page.getByText(/live, [1-9][\d,]* arrived/).waitFor({ timeout: 45_000 });
  expect(faults).toEqual([]);
});

test("the list can be walked by keyboard", async () => {
  const { page } = await open("/events");
  await rows(page).first().waitFor();
  await page.getByRole("grid", { name: "Events" }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
});
