import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { violations } from "./axe";
import { browserForTests } from "./browser";

const open = browserForTests();
const editor = (page: Page) => page.getByRole("textbox", { name: "Query in KQL" });
const rows = (page: Page) => page.locator("[data-result]");
const check = (page: Page) => page.getByRole("status", { name: "Check of the query" });

async function write(page: Page, query: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(query);
}

async function run(page: Page, query: string): Promise<void> {
  await write(page, query);
  await page.keyboard.press("Control+Enter");
}

test("a query with a mistake is put right by its hint, run, sorted, filtered and opened by its link", async () => {
  const { page, faults } = await open("/hunting");
  await page.getByRole("heading", { name: "Hunt in KQL over everything that is stored" }).waitFor();
  await write(page, 'DeviceProcessEvents\n| where InitiatingProcesFileName != ""\n| project Timestamp, DeviceName, FileName, ProcessId, DeviceId, ReportId\n| take 500');
  await page.locator(".cm-lintRange-error").waitFor();
  await check(page).getByText(/did you mean InitiatingProcessFileName/).waitFor();
  await check(page).getByRole("button", { name: "Write InitiatingProcessFileName" }).click();
  await check(page).getByText(/Will read/).waitFor();
  await page.keyboard.press("Control+Enter");
  await rows(page).first().waitFor();
  await page.getByRole("status", { name: "Run" }).getByText(/rows · .* read [\d,]+ rows/).waitFor();
  const ids = () => page.locator('[data-result] [data-column="ProcessId"]').allInnerTexts();
  await page.getByRole("button", { name: "Sort by ProcessId" }).click();
  await expect.poll(async () => (await ids()).slice(0, 8).map(Number).every((n, i, all) => i === 0 || n >= (all[i - 1] ?? 0))).toBe(true);
  await page.getByRole("button", { name: "Column FileName" }).click();
  await page.getByRole("menuitem", { name: "Statistics" }).click();
  const statistics = page.getByRole("dialog");
  await statistics.getByText("Distinct values").waitFor();
  await statistics.getByRole("button", { name: /^Filter for FileName/ }).first().click();
  await page.getByRole("list", { name: "Filters of the rows" }).getByText(/FileName is/).waitFor();
  await statistics.getByRole("button", { name: "Close the statistics" }).click();
  await expect.poll(async () => new Set(await page.locator('[data-result] [data-column="FileName"]').allInnerTexts()).size).toBe(1);
  const address = new URL(page.url());
  expect(address.searchParams.get("q")).toContain("InitiatingProcessFileName");
  const again = await open(address.pathname + address.search);
  await rows(again.page).first().waitFor();
  await expect.poll(() => editor(again.page).innerText()).toContain("InitiatingProcessFileName");
  expect(faults).toEqual([]);
});

test("a row leads to its event, a value to the events that have it, and back again", async () => {
  const { page, faults } = await open("/hunting");
  await run(page, "DeviceProcessEvents | where Timestamp < ago(30s) | take 20");
  await rows(page).first().getByRole("rowheader").click();
  const row = page.getByRole("dialog");
  await row.getByRole("button", { name: "Show the event" }).click();
  await page.getByRole("tab", { name: "Process tree" }).waitFor();
  await page.getByRole("button", { name: "Close the event" }).click();
  await row.getByRole("tab", { name: "JSON" }).click();
  await expect.poll(() => row.locator("pre").innerText()).toContain('"ReportId"');
  await row.getByRole("tab", { name: "Columns" }).click();
  await row.getByRole("button", { name: "Where DeviceName leads" }).click();
  await page.getByRole("menuitem", { name: "Events with this value" }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("q")).toMatch(/^host\.name: /);
  await page.locator("[data-event]").first().waitFor();
  await page.goBack();
  await rows(page).first().waitFor();
  expect(faults).toEqual([]);
});

test("names are completed while one types, queries are told apart by blank lines, and tabs come back", async () => {
  const { page } = await open("/hunting");
  await editor(page).click();
  await page.keyboard.type("DeviceProcessEvents | where Initiating");
  await page.locator(".cm-tooltip-autocomplete").getByText("InitiatingProcessFileName").first().waitFor();
  await page.keyboard.press("Escape");
  await run(page, "print First = 1\n\nprint Second = 2");
  await page.getByRole("columnheader", { name: "Second" }).waitFor();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("columnheader", { name: "First" }).waitFor();
  await page.getByRole("button", { name: "New query" }).click();
  await write(page, "print Third = 3");
  await page.waitForTimeout(600);
  await page.reload();
  await page.getByRole("list", { name: "Open queries" }).getByText("Query 2").waitFor();
  await expect.poll(() => editor(page).innerText()).toContain("Third");
  await page.getByText("History", { exact: true }).click();
  await page.locator("[data-history]").filter({ hasText: "Second" }).first().waitFor();
});

test("a chart is drawn as the query asks, and its rows leave as CSV", async () => {
  const { page, faults } = await open(`/hunting?${new URLSearchParams({ q: 'DeviceProcessEvents | summarize Started = count() by bin(Timestamp, 5m) | render timechart with (title = "Programs")' })}`);
  await page.getByRole("img", { name: /^Lines over time, Programs: Started by Timestamp/ }).waitFor();
  await page.getByRole("combobox", { name: "Kind of chart" }).click();
  await page.getByRole("option", { name: "Columns" }).click();
  await page.getByRole("img", { name: /^Columns, Programs/ }).waitFor();
  await page.getByLabel("Show as").getByText("Table").click();
  await rows(page).first().waitFor();
  await expect.poll(() => new URL(page.url()).searchParams.get("show")).toBe("table");
  const downloaded = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: "Download these rows as CSV" }).click();
  const text = await readFile(await (await downloaded).path(), "utf8");
  expect(text.split("\r\n")[0]).toBe("Timestamp,Started");
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: /Export all rows/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Start the export" }).click();
  await dialog.locator('[data-export][data-state="done"]').first().waitFor();
  expect(faults).toEqual([]);
});

test("a hunt that takes long is cancelled", async () => {
  const { page } = await open("/hunting");
  await run(page, 'range a from 1 to 40000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 40000 step 1 | extend k = 1) on k | where strcat(a, b) has "never" | count');
  await page.getByRole("status", { name: "Run" }).getByText(/Runs|Waits/).waitFor();
  await page.getByRole("region", { name: "Results" }).getByRole("button", { name: "Cancel" }).click();
  await page.getByText("The hunt was ended").waitFor();
  const running = async () => (await page.evaluate(() => fetch("/api/v1/hunt/running").then((r) => r.json()) as Promise<{ hunts: unknown[] }>)).hunts.length;
  await expect.poll(running).toBe(0);
});

test("a hunt is saved in a folder with a parameter, and opened from there", async () => {
  const { page, faults } = await open("/hunting");
  const name = `Starts ${randomUUID().slice(0, 8)}`;
  await write(page, "DeviceProcessEvents | where FileName =~ Wanted | take 5");
  await page.getByRole("button", { name: "Parameters" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Wanted");
  await page.getByRole("button", { name: "Add the parameter" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("group", { name: "Parameters of the query" }).getByRole("textbox", { name: "Wanted" }).fill("explorer.exe");
  await check(page).getByText(/Will read/).waitFor();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Save the hunt" });
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog.getByPlaceholder("None").fill("Programs");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("list", { name: "Open queries" }).getByText(name).waitFor();
  await page.getByRole("button", { name: `Close ${name}` }).click();
  await page.getByText("Saved", { exact: true }).click();
  await page.getByRole("region", { name: "Programs" }).getByText(name).click();
  await expect.poll(() => page.getByRole("textbox", { name: "Wanted" }).inputValue()).toBe("explorer.exe");
  await page.getByRole("button", { name: `Delete the saved hunt ${name}` }).click();
  await expect.poll(() => page.locator(`[data-saved="${name}"]`).count()).toBe(0);
  expect(faults).toEqual([]);
});

test("a hunt becomes a detection rule that raises an alert", async () => {
  const { page, faults } = await open("/hunting");
  const name = `Many programs ${randomUUID().slice(0, 8)}`;
  await write(page, "DeviceProcessEvents | summarize Programs = dcount(FileName) by DeviceName | top 1 by Programs");
  await page.getByRole("link", { name: "Schedule", exact: true }).click();
  await page.getByRole("heading", { name: "Schedule a hunt as a detection rule" }).waitFor();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  await page.getByRole("button", { name: "DeviceName is a host" }).click();
  await page.getByRole("button", { name: "Test" }).click();
  await page.getByRole("status", { name: "Result of the test" }).getByText(/would make 1 alert/).waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name }).waitFor();
  await page.getByRole("button", { name: "Run now" }).click();
  await page.locator('[data-run="done"]').first().waitFor();
  await page.getByRole("link", { name: "Its alerts" }).click();
  await page.locator("[data-alert]").filter({ hasText: name }).first().getByRole("link").first().click();
  await page.getByRole("group", { name: "Events in the order of time" }).getByRole("button", { name: "Show" }).first().click();
  await page.locator('[data-event-detail] [data-column="Programs"]').waitFor();
  await page.goBack();
  await page.locator("[data-alert]").first().waitFor();
  await page.goBack();
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/hunting/schedules");
  expect(faults).toEqual([]);
});

test("nothing stands in the way of anybody, in either theme", async () => {
  const { page } = await open("/hunting");
  await page.getByRole("list", { name: "Open queries" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await run(page, "// Programs\nDeviceProcessEvents | where ProcessId > 10 and FileName !~ 'x' | take 50\n\nDeviceProcessEvents | where Nothing == 1");
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Control+Enter");
  await rows(page).first().waitFor();
  await page.keyboard.press("Control+End");
  await page.locator(".cm-lintRange-error").waitFor();
  expect(await violations(page)).toEqual([]);
  await rows(page).first().getByRole("rowheader").click();
  await page.getByRole("dialog").getByText("ReportId").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await run(page, "DeviceProcessEvents | summarize count() by ActionType | render columnchart");
  await page.getByRole("img", { name: /^Columns/ }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.goto(new URL("/hunting/schedules/new", page.url()).href);
  await page.getByRole("heading", { name: "Schedule a hunt as a detection rule" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.goto(new URL("/hunting/schedules", page.url()).href);
  await page.getByRole("region", { name: "Schedules" }).waitFor();
  expect(await violations(page)).toEqual([]);
});
