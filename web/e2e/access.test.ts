// Accessibility (axe) of every page in both themes.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { violations } from "./axe";
import { browserForTests, go } from "./browser";

const open = browserForTests();
let visit: Page; // one of them all: what is looked at is what is shown, not how one came there

beforeAll(async () => {
  visit = (await open("/about")).page;
});

test.each(["/home", "/events", "/alerts", "/rules", "/intakes", "/formats/defender", "/trust", "/quarantine", "/settings/account", "/settings/notifications", "/settings/assets", "/settings/retention", "/about"])("%s has no violation that axe finds, in either theme", async (path) => {
  await go(visit, path);
  await visit.getByRole("main").locator("h1, [data-event]").first().waitFor();
  expect(await violations(visit)).toEqual([]);
});

test("an opened event has no violation that axe finds, in either theme", async () => {
  await go(visit, "/events");
  await visit.locator("[data-event]").first().locator("div").first().click();
  await visit.getByRole("dialog").locator("tr").first().waitFor();
  expect(await violations(visit)).toEqual([]);
});

test("an opened alert has no violation that axe finds, in either theme", async () => {
  await go(visit, "/alerts");
  await visit.locator("[data-alert]").first().getByRole("link").click({ timeout: 90_000 });
  await visit.getByRole("region", { name: "Events" }).locator("[data-event]").first().waitFor();
  expect(await violations(visit)).toEqual([]);
}, 120_000);

test("on a phone the pages can be reached", async () => {
  const { page } = await open("/events", { width: 390, height: 800 });
  await page.getByRole("button", { name: "Navigation" }).click();
  await page.getByRole("link", { name: "Intakes" }).click();
  await page.getByRole("region", { name: /^Intake / }).first().waitFor();
});
