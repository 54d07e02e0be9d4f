// The demo's attack stories raise alerts by themselves; these tests wait for them.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { browserForTests } from "./browser";

const open = browserForTests();
const rows = (page: Page) => page.locator("[data-alert]");
const patience = { timeout: 90_000 };

test("alerts appear, the most urgent first", async () => {
  const { page, faults } = await open("/alerts");
  await rows(page).first().waitFor(patience);
  const urgencies = (await rows(page).locator("td:nth-child(2)").allInnerTexts()).map((t) => Number.parseInt(t, 10));
  expect(urgencies).toEqual([...urgencies].sort((a, b) => b - a));
  expect(faults).toEqual([]);
}, 120_000);

test("the queue is filtered, and its address reproduces that", async () => {
  const { page } = await open("/alerts");
  await rows(page).first().waitFor(patience);
  await page.getByRole("group", { name: "Urgency" }).getByRole("button", { name: /^low/ }).click();
  await expect.poll(() => new URL(page.url()).searchParams.getAll("urgency")).toEqual(["low"]);
  await expect.poll(async () => (await rows(page).locator("td:nth-child(2)").allInnerTexts()).every((t) => t.endsWith("low"))).toBe(true);
  const again = await open(new URL(page.url()).pathname + new URL(page.url()).search);
  await again.page.getByRole("group", { name: "Urgency" }).getByRole("button", { name: /^low/, pressed: true }).waitFor();
  await page.getByRole("textbox", { name: "Text" }).fill("no alert says this");
  await page.getByText("No alert fits").waitFor();
}, 120_000);

test("an alert is taken, commented on, and closed with a verdict", async () => {
  const { page, faults } = await open("/alerts?status=new");
  await page.getByRole("textbox", { name: /^Your name/ }).fill("Ann");
  await rows(page).first().getByRole("link").click(patience);
  await page.getByRole("region", { name: "What and why" }).waitFor();
  await page.getByRole("list", { name: "Reasons of the urgency" }).locator("li").first().waitFor();
  await page.getByRole("region", { name: "Entities" }).waitFor();
  await page.getByRole("button", { name: "Take it" }).click();
  await expect.poll(() => page.getByRole("textbox", { name: "Assignee" }).inputValue()).toBe("Ann");
  await page.getByRole("button", { name: "In progress" }).click();
  await page.getByRole("heading", { level: 1 }).locator("..").getByText("In progress", { exact: true }).waitFor();
  await page.getByRole("textbox", { name: "Comment" }).fill("It was the administrator.");
  await page.getByRole("button", { name: "Comment" }).click();
  await page.getByRole("region", { name: "Comments" }).getByText("It was the administrator.").waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("menuitem", { name: "Benign positive" }).click();
  await page.getByText("Closed · Benign positive").first().waitFor();
  await page.getByRole("region", { name: "History" }).getByText(/Ann\s+verdict/).waitFor();
  expect(faults).toEqual([]);
}, 120_000);

test("an event of an alert opens beside it, and leads back to it", async () => {
  const { page, faults } = await open("/alerts");
  await rows(page).first().getByRole("link").click(patience);
  const events = page.getByRole("region", { name: "Events" }).locator("[data-event]");
  await events.first().getByRole("button", { name: "Show" }).click();
  await expect.poll(() => new URL(page.url()).searchParams.has("event")).toBe(true);
  await page.getByRole("dialog").getByRole("group", { name: "Detected" }).getByRole("link", { name: /^Alert / }).first().waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => new URL(page.url()).searchParams.has("event")).toBe(false);
  expect(faults).toEqual([]);
}, 120_000);

test("several alerts are changed at once", async () => {
  const { page } = await open("/alerts?status=new&urgency=low");
  await rows(page).nth(1).waitFor(patience);
  const ids = await Promise.all([0, 1].map((i) => rows(page).nth(i).getAttribute("data-alert")));
  for (const id of ids) await page.getByRole("checkbox", { name: `Select alert ${id ?? ""}`, exact: true }).click();
  await page.getByRole("toolbar", { name: "Selected alerts" }).getByRole("button", { name: "Acknowledge" }).click();
  await page.getByText("2 of 2 alerts were changed.").waitFor();
  for (const id of ids) await expect.poll(() => page.locator(`[data-alert="${id ?? ""}"]`).count()).toBe(0);
}, 120_000);
