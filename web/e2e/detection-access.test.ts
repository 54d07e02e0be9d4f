// Accessibility (axe) of what has to do with rules and jobs, in both themes, and its use on a phone.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { violations } from "./axe";
import { browserForTests, go } from "./browser";
import { atRest } from "./rest";

const open = browserForTests();

/** Views, each with what leads from the page to it. */
const views: [string, string, (page: Page) => Promise<unknown>][] = [
  ["the catalogue", "/rules?level=high&level=low", (page) => page.locator("[data-rule]").first().getByRole("checkbox").click()],
  ["the matrix", "/rules/attack?sub=T1059", (page) => page.locator("[data-cell]").first().focus()],
  ["packs", "/rules/packs", (page) => page.locator("[data-pack]").first().waitFor()],
  ["a rule with the form of an exception", "/rules?fired=true&kind=rule&sort=fired", async (page) => {
    await page.locator("[data-rule]").first().getByRole("link").click();
    await page.getByRole("button", { name: "New exception" }).click();
    await page.locator('input[aria-label="Values 1"]').fill("x");
    await page.keyboard.press("Enter");
    await page.getByLabel("As it would be kept").waitFor();
  }],
  ["the editor", "/rules/new", (page) => page.getByRole("list", { name: "Problems" }).waitFor()],
  ["the start of a hunt", "/jobs/new", (page) => page.getByRole("button", { name: "Start the hunt" }).waitFor()],
  ["a job", "/jobs/new?from=now-1h", async (page) => {
    await page.getByRole("button", { name: "Start the hunt" }).click();
    await page.getByText("done", { exact: true }).waitFor({ timeout: 60_000 });
    await page.locator("[data-match]").first().waitFor();
  }],
  ["jobs", "/jobs", (page) => page.locator("[data-job]").first().waitFor()],
  ["an explanation", "/jobs", async (page) => {
    await page.locator("[data-job]").filter({ hasText: "Hunt" }).first().getByRole("link").click();
    await page.locator("[data-match]").first().getByRole("link", { name: "Why?" }).click();
    await page.getByRole("list", { name: "Condition" }).first().waitFor();
  }],
];

test.each(views)("%s has no violation that axe finds, in either theme", async (_, path, lead) => {
  const { page, faults } = await open(path);
  await lead(page);
  expect(await violations(page)).toEqual([]);
  expect(faults).toEqual([]);
}, 120_000);

test("the pages of rules and jobs fit a phone", async () => {
  const { page } = await open("/about", { width: 390, height: 844 });
  for (const path of ["/rules", "/rules/attack", "/rules/packs", "/rules/new", "/jobs", "/jobs/new", "/events/timeline"]) {
    await go(page, path);
    await page.getByRole("main").getByRole("heading", { level: 1 }).waitFor();
    await atRest(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), path).toBe(0);
  }
});
