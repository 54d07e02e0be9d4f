// Accessibility (axe) of every page in both themes, and signing in with the token.
import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { base, browserForTests } from "./browser";

const open = browserForTests();

async function violations(page: Page): Promise<string[]> {
  // The policy of the page lets no foreign script in; evaluating in its own context does not pass through it.
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] }));
  return result.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")}: ${(n.failureSummary ?? "").replace(/\s+/g, " ").slice(0, 200)}`));
}

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

test.each([false, true])("an opened rule has no violation that axe finds, dark: %s", async (dark) => {
  const { page } = await open("/rules", { dark });
  await page.locator("[data-rule]").first().getByRole("button").first().click();
  await page.getByRole("dialog").getByText("Can it match?").waitFor();
  await page.waitForTimeout(400);
  expect(await violations(page)).toEqual([]);
});

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
