// Accessibility (axe) of every page in both themes, and signing in with the token.
import { expect, test } from "vitest";
import { violations } from "./axe";
import { base, browserForTests } from "./browser";

const open = browserForTests();

const pages = ["/events", "/alerts", "/rules", "/intakes", "/trust", "/quarantine", "/about"].flatMap((p) => [[p, false], [p, true]] as const);

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

test("a server that asks for a token gets it, and the view behind the form stays", async () => {
  const { page } = await open("/about");
  await page.route(`${base}/api/**`, (route) =>
    route.request().headers().authorization === "Bearer the-right-token-of-it"
      ? route.continue()
      : route.fulfill({ status: 401, contentType: "application/problem+json", body: JSON.stringify({ status: 401, detail: "This needs the token of the server." }) }),
  );
  await page.goto(`${base}/events?q=host.name%3A%20*`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  const token = page.getByRole("textbox", { name: "Token" });
  await token.fill("the-wrong-token-of-it");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("The server does not take this token.").waitFor();
  await token.fill("the-right-token-of-it");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("region", { name: "Results" }).waitFor();
  expect(new URL(page.url()).searchParams.get("q")).toBe("host.name: *");
});

test("on a phone the pages can be reached", async () => {
  const { page } = await open("/events", { width: 390, height: 800 });
  await page.getByRole("button", { name: "Navigation" }).click();
  await page.getByRole("link", { name: "Intakes" }).click();
  await page.getByRole("region", { name: /^Intake / }).first().waitFor();
});
