import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { browserForTests } from "./browser";

const open = browserForTests();
const rows = (page: Page) => page.locator("[data-rule]");

async function total(page: Page): Promise<number> {
  return Number((await page.getByRole("status").filter({ hasText: /rules?$/ }).innerText()).replace(/\D/g, ""));
}

test("rules are listed with how fit they are and what they cover", async () => {
  const { page, faults } = await open("/rules");
  await rows(page).first().waitFor();
  expect(await total(page)).toBeGreaterThan(100);
  await page.getByRole("region", { name: "ATT&CK coverage" }).getByText("Its data arrives").waitFor();
  await page.getByText("Credential Access").first().waitFor();
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
});

test("a rule is switched off and on again", async () => {
  const { page, faults } = await open("/rules?enabled=true&sort=level");
  const id = await rows(page).first().getAttribute("data-rule");
  await rows(page).first().getByRole("switch").click({ force: true });
  await expect.poll(() => page.locator(`[data-rule="${id ?? ""}"]`).count()).toBe(0);
  const one = await open(`/rules?rule=${id ?? ""}`);
  const drawer = one.page.getByRole("dialog");
  await drawer.getByText("Disabled", { exact: true }).waitFor();
  await drawer.getByRole("switch").click({ force: true });
  await drawer.getByText("Enabled", { exact: true }).waitFor();
  expect([...faults, ...one.faults]).toEqual([]);
});

test("a rule shows its text, what it needs and its history", async () => {
  const { page, faults } = await open("/rules?pack=builtin");
  await rows(page).first().getByRole("button").first().click();
  const drawer = page.getByRole("dialog");
  await drawer.getByText("Can it match?").waitFor();
  await drawer.getByRole("tab", { name: "YAML" }).click();
  await expect.poll(() => drawer.locator("pre").innerText()).toContain("detection:");
  await drawer.getByRole("tab", { name: "History" }).click();
  await page.keyboard.press("Escape");
  await expect.poll(() => new URL(page.url()).searchParams.has("rule")).toBe(false);
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
