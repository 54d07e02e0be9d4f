import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { browserForTests } from "./browser";

const open = browserForTests();
const rows = (page: Page) => page.locator("[data-rule]");

async function total(page: Page): Promise<number> {
  return Number((await page.getByRole("status").filter({ hasText: /rules?$/ }).innerText()).replace(/\D/g, ""));
}

test("rules are listed with how fit they are; only the rows in sight exist, and all can be reached", async () => {
  const { page, faults } = await open("/rules");
  await rows(page).first().waitFor();
  const all = await total(page);
  expect(all).toBeGreaterThan(100);
  expect(await rows(page).count()).toBeLessThan(60);
  const table = page.getByRole("table", { name: "Rules" });
  await table.focus();
  await expect.poll(async () => {
    await page.keyboard.press("End");
    return Number(await rows(page).last().getAttribute("aria-rowindex"));
  }).toBe(all + 1);
  expect(faults).toEqual([]);
});

test("facets narrow the list, and the address reproduces it", async () => {
  const { page } = await open("/rules");
  await rows(page).first().waitFor();
  const all = await total(page);
  await page.getByRole("group", { name: "Level" }).getByRole("checkbox", { name: "critical" }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("level")).toBe("critical");
  await expect.poll(() => total(page)).toBeLessThan(all);
  const few = await total(page);
  const again = await open(new URL(page.url()).pathname + new URL(page.url()).search);
  await rows(again.page).first().waitFor();
  expect(await total(again.page)).toBe(few);
  await again.page.getByRole("button", { name: "Remove the filter Level: critical" }).click();
  await expect.poll(() => total(again.page)).toBe(all);
});

test("a rule is switched off in the list and on again on its page", async () => {
  const { page, faults } = await open("/rules?enabled=true&sort=level");
  const id = (await rows(page).first().getAttribute("data-rule")) ?? "";
  await rows(page).first().getByRole("switch").click({ force: true });
  await expect.poll(() => page.locator(`[data-rule="${id}"]`).count()).toBe(0);
  const one = await open(`/rules?rule=${id}`);
  await expect.poll(() => new URL(one.page.url()).pathname).toBe(`/rules/${id}`);
  await one.page.getByText("Disabled", { exact: true }).waitFor();
  await one.page.getByRole("switch", { name: "Disabled" }).click({ force: true });
  await one.page.getByText("Enabled", { exact: true }).waitFor();
  await one.page.getByRole("region", { name: "Changes" }).getByText(/enabled/).first().waitFor();
  expect([...faults, ...one.faults]).toEqual([]);
});

test("a rule shows its text, what it needs, and when it matched", async () => {
  const { page, faults } = await open("/rules?pack=builtin&fired=true&sort=fired&kind=rule");
  await rows(page).first().getByRole("link").click();
  await page.getByRole("region", { name: "Can it match?" }).getByRole("table", { name: "Fields that it needs" }).waitFor();
  await expect.poll(() => page.getByRole("textbox", { name: "YAML of the rule" }).innerText()).toContain("detection:");
  await page.getByRole("img", { name: /^Matches over time: / }).waitFor();
  await page.getByRole("region", { name: "What it matched" }).getByRole("link", { name: "Events" }).click();
  await page.locator("[data-event]").first().waitFor();
  expect(faults).toEqual([]);
});

test("the level of a rule is set and taken back, with a reason in its history", async () => {
  const { page, faults } = await open("/rules?pack=builtin&level=medium");
  await rows(page).first().getByRole("link").click();
  const decided = page.getByRole("region", { name: "Decided here" });
  const level = decided.getByRole("combobox", { name: "Level" });
  await level.click();
  await page.getByRole("option", { name: "critical" }).click();
  await decided.getByRole("textbox", { name: "Why" }).fill("The board wants it");
  await decided.getByRole("button", { name: "Save" }).click();
  await page.getByRole("region", { name: "Changes" }).getByText("The board wants it").waitFor();
  await level.click();
  await page.getByRole("option", { name: /as the rule says/ }).click();
  await decided.getByRole("button", { name: "Save" }).click();
  await page.getByRole("region", { name: "Changes" }).getByText(/critical → /).waitFor();
  expect(faults).toEqual([]);
});

test("before all are switched, the page says how many that is", async () => {
  const { page } = await open("/rules?enabled=false&level=informational");
  await rows(page).first().waitFor();
  const n = await total(page);
  await page.getByRole("button", { name: /^Enable all/ }).click();
  await page.getByRole("dialog").getByText(new RegExp(`lets ${n} rules? through`)).waitFor();
  await page.getByRole("button", { name: "Leave them" }).click();
  expect(await total(page)).toBe(n);
});

test("selected rules are disabled and enabled again", async () => {
  const { page, faults } = await open("/rules?enabled=true&sort=level");
  await rows(page).nth(1).waitFor();
  const ids = await Promise.all([0, 1].map(async (i) => (await rows(page).nth(i).getAttribute("data-rule")) ?? ""));
  for (const id of ids) await page.locator(`[data-rule="${id}"]`).getByRole("checkbox").click();
  const bar = page.getByRole("toolbar", { name: "Selected rules" });
  await bar.getByText("2 selected").waitFor();
  await bar.getByRole("button", { name: "Disable" }).click();
  await page.getByText("2 rules were disabled.").waitFor();
  const again = await open(`/rules?enabled=false&sort=level&text=${ids[0] ?? ""}`);
  await rows(again.page).first().getByRole("switch").click({ force: true });
  await again.page.getByText("No rule fits").waitFor();
  await again.page.goto(`${new URL(again.page.url()).origin}/rules?enabled=false&text=${ids[1] ?? ""}`);
  await rows(again.page).first().getByRole("switch").click({ force: true });
  await again.page.getByText("No rule fits").waitFor();
  expect([...faults, ...again.faults]).toEqual([]);
});

test("the matrix is walked by keys, leads to the rules of a technique, and is downloaded", async () => {
  const { page, faults } = await open("/rules/attack");
  const cells = page.locator("[data-cell]");
  await cells.first().waitFor();
  await cells.first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  expect(await page.evaluate(() => document.activeElement?.closest("[data-column]")?.getAttribute("aria-label"))).toBe("Resource Development");
  await page.getByRole("tooltip").getByText("Rules that are known").waitFor();
  await page.getByRole("button", { name: /sub-techniques of Command and Scripting Interpreter/ }).click({ force: true });
  await expect.poll(() => new URL(page.url()).searchParams.get("sub")).toBe("T1059");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Navigator layer" }).click();
  const layer = JSON.parse(await readFile(await (await download).path(), "utf8")) as { versions: { layer: string } };
  expect(layer.versions.layer).toBe("4.5");
  await page.locator('[data-technique="T1059.001"]').first().click();
  await expect.poll(() => new URL(page.url()).searchParams.get("technique")).toBe("T1059.001");
  await rows(page).first().waitFor();
  expect(faults).toEqual([]);
});

test("an exception is tried, made and taken back", async () => {
  const { page, faults } = await open("/rules?pack=builtin&fired=true&sort=fired&kind=rule&level=high");
  await page.getByRole("textbox", { name: /^Your name/ }).fill("Ann");
  await rows(page).first().getByRole("link").click({ timeout: 90_000 });
  const region = page.getByRole("region", { name: "Exceptions" });
  await region.getByRole("button", { name: "New exception" }).click();
  const form = page.getByRole("form", { name: "New exception" });
  await form.getByRole("button", { name: "Make the exception" }).click();
  await form.getByText("Say why: it is shown with the exception.").waitFor();
  await form.getByRole("button", { name: "And another field" }).click();
  await form.locator('input[aria-label="Values 1"]').fill("no-event-says-this");
  await page.keyboard.press("Enter");
  await form.getByText("no-event-says-this").last().waitFor();
  await form.getByRole("button", { name: /What would it have hidden/ }).click();
  await form.getByRole("status", { name: "What it would have hidden" }).getByText("Events hidden").waitFor({ timeout: 30_000 });
  await form.getByRole("textbox", { name: "Why" }).fill("Backup of the night");
  await form.getByRole("button", { name: "Make the exception" }).click();
  const made = region.locator("[data-exception]").filter({ hasText: "Backup of the night" });
  await made.getByText("holds").waitFor();
  await made.getByRole("button", { name: /^End the exception/ }).click();
  await made.getByText("over").waitFor();
  expect(faults).toEqual([]);
}, 120_000);

test("an alert leads to an exception that is filled in with what its events have", async () => {
  const { page, faults } = await open("/alerts?text=Shadow+copies&origin=rule");
  await page.locator("[data-alert]").first().getByRole("link").click({ timeout: 90_000 });
  await page.getByRole("link", { name: "Make an exception" }).click();
  const ticks = page.getByRole("group", { name: "Values of the alert's events" });
  const host = ticks.getByRole("checkbox", { name: /^DeviceName is / }).first();
  await host.check();
  const form = page.getByRole("form", { name: "New exception" });
  await form.getByLabel("As it would be kept").getByText(/DeviceName:/).waitFor();
  await host.uncheck();
  await form.getByLabel("As it would be kept").getByText(/DeviceName:/).waitFor({ state: "detached" });
  await form.getByRole("button", { name: "Leave it" }).click();
  await ticks.waitFor({ state: "detached" });
  expect(new URL(page.url()).searchParams.has("except")).toBe(false);
  expect(faults).toEqual([]);
}, 120_000);
