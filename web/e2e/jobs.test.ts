import { expect, test } from "vitest";
import { browserForTests } from "./browser";

const open = browserForTests();

test("a hunt runs rules over what is stored, and its matches lead on", async () => {
  const { page, faults } = await open("/jobs");
  await page.getByRole("link", { name: "New hunt" }).click();
  const query = page.getByRole("textbox", { name: "Only events for which this holds" });
  await query.fill("process.pid: many");
  await page.getByRole("button", { name: "Start the hunt" }).click();
  await page.getByText(/process\.pid/).last().waitFor();
  expect(new URL(page.url()).pathname).toBe("/jobs/new");
  await query.fill("host.name: *");
  await page.getByRole("button", { name: "Start the hunt" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/jobs\/\d+$/);
  await page.getByText("done", { exact: true }).waitFor({ timeout: 60_000 });
  const matched = page.getByRole("region", { name: "Rules that matched" });
  await matched.getByRole("button", { name: "Only this" }).first().click();
  await expect.poll(() => new URL(page.url()).searchParams.has("rule")).toBe(true);
  await page.getByRole("img", { name: /^Matches over time/ }).waitFor();
  await page.locator("[data-match]").first().getByRole("link", { name: "Why?" }).click();
  await page.getByRole("region", { name: "Condition" }).getByText("it matches").waitFor();
  await page.getByRole("img", { name: "holds", exact: true }).first().waitFor();
  await page.getByRole("region", { name: "Rules that missed this event by one test" }).waitFor();
  await page.getByRole("region", { name: "Event" }).getByRole("link", { name: "Show it" }).click();
  await page.getByRole("dialog").first().waitFor();
  expect(faults).toEqual([]);
}, 120_000);

test("a job is listed, run again and deleted", async () => {
  const { page, faults } = await open("/jobs/new?from=now-15m");
  await page.getByRole("button", { name: "Start the hunt" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/jobs\/\d+$/);
  const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  await page.getByText("done", { exact: true }).first().waitFor({ timeout: 60_000 });
  await page.getByRole("link", { name: "← All jobs" }).click();
  const row = page.locator(`[data-job="${id}"]`);
  await row.getByRole("button", { name: `Run job ${id} again` }).click();
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/jobs\/\d+$/);
  await page.getByText("done", { exact: true }).first().waitFor({ timeout: 60_000 });
  await page.goto(`${new URL(page.url()).origin}/jobs`);
  await row.getByRole("button", { name: `Delete job ${id}` }).click();
  await expect.poll(() => row.count()).toBe(0);
  expect(faults).toEqual([]);
}, 120_000);

test("what is no id of an event is said beside the field", async () => {
  const { page } = await open("/rules?kind=rule");
  await page.locator("[data-rule]").first().getByRole("link").click();
  await page.getByRole("link", { name: "Explain" }).click();
  await page.getByRole("textbox", { name: "Event" }).fill("something");
  await page.getByRole("button", { name: "Explain" }).click();
  await page.getByText("An id has 32 characters").waitFor();
});
