// Accessibility (axe) of every page in both themes.
import { expect, test } from "vitest";
import { violations } from "./axe";
import { browserForTests } from "./browser";

const open = browserForTests();

const pages = ["/home", "/events", "/alerts", "/rules", "/intakes", "/trust", "/quarantine", "/settings/account", "/settings/notifications", "/settings/assets", "/about"].flatMap((p) => [[p, false], [p, true]] as const);

test.each(pages)("%s has no violation that axe finds, dark: %s", async (path, dark) => {
  const { page } = await open(path, { dark });
  await page.getByRole("main").locator("h1, [data-event]").first().waitFor();
  await page.waitForTimeout(700);
  expect(await violations(page)).toEqual([]);
});

test.each([false, true])("an opened event has no violation that axe finds, dark: %s", async (dark) => {
  const { page } = await open("/events", { dark });
  await page.locator("[data-event]").first().locator("div").first().click();
  await page.getByRole("dialog").locator("tr").first().waitFor();
  await page.waitForTimeout(400);
  expect(await violations(page)).toEqual([]);
});

test.each([false, true])("an opened alert has no violation that axe finds, dark: %s", async (dark) => {
  const { page } = await open("/alerts", { dark });
  await page.locator("[data-alert]").first().getByRole("link").click({ timeout: 90_000 });
  await page.getByRole("region", { name: "Events" }).locator("[data-event]").first().waitFor();
  await page.waitForTimeout(400);
  expect(await violations(page)).toEqual([]);
}, 120_000);

test("on a phone the pages can be reached", async () => {
  const { page } = await open("/events", { width: 390, height: 800 });
  await page.getByRole("button", { name: "Navigation" }).click();
  await page.getByRole("link", { name: "Intakes" }).click();
  await page.getByRole("region", { name: /^Intake / }).first().waitFor();
});
