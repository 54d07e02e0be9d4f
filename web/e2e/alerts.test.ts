// The demo's attack stories raise alerts by themselves; these tests wait for them.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { base, browserForTests, go } from "./browser";
import { violations } from "./axe";

const open = browserForTests();
const rows = (page: Page) => page.locator("[data-alert]");
const patience = { timeout: 90_000 };
const search = (page: Page) => new URL(page.url()).searchParams;

async function named(page: Page, name = "Ann"): Promise<void> {
  await page.getByRole("textbox", { name: /^Your name/ }).fill(name);
}

/** another opens an alert of which nothing was done yet, and gives its id. */
async function another(page: Page): Promise<number> {
  await rows(page).first().waitFor(patience);
  return Number(await rows(page).last().getAttribute("data-alert"));
}

test("alerts appear, the most urgent first", async () => {
  const { page, faults } = await open("/alerts");
  await rows(page).first().waitFor(patience);
  const urgencies = (await rows(page).locator('[role="gridcell"]:nth-child(2)').allInnerTexts()).map((t) => Number.parseInt(t, 10));
  expect(urgencies).toEqual([...urgencies].sort((a, b) => b - a));
  await page.getByLabel(/^Waiting times/).getByText("To close").waitFor();
  expect(faults).toEqual([]);
}, 120_000);

test("the queue is filtered, its address reproduces that, and each filter can be taken away", async () => {
  const { page } = await open("/alerts");
  await rows(page).first().waitFor(patience);
  await page.getByRole("group", { name: "Urgency" }).getByRole("button", { name: /^Low/ }).click();
  await expect.poll(() => search(page).getAll("urgency")).toEqual(["low"]);
  await expect.poll(async () => (await rows(page).locator('[role="gridcell"]:nth-child(2)').allInnerTexts()).every((t) => t.endsWith("low"))).toBe(true);
  await page.getByRole("button", { name: /^Filters/ }).click();
  await page.getByRole("combobox", { name: "Host", exact: true }).fill("no such host");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByText("No alert fits").waitFor();
  const again = await open(new URL(page.url()).pathname + new URL(page.url()).search);
  await again.page.getByRole("group", { name: "Urgency" }).getByRole("button", { name: /^Low/, pressed: true }).waitFor();
  await again.page.getByText("No alert fits").waitFor();
  await again.page.getByRole("button", { name: "Remove the filter Host: no such host" }).click();
  await rows(again.page).first().waitFor();
  expect(search(again.page).has("host")).toBe(false);
}, 120_000);

test("an alert is worked to its close by mouse", async () => {
  const { page, faults } = await open("/alerts?status=new");
  await named(page);
  await rows(page).first().getByRole("link").click(patience);
  await page.getByRole("region", { name: "What and why" }).waitFor();
  await page.getByRole("list", { name: "Reasons of the urgency" }).locator("li").first().waitFor();
  await page.getByRole("region", { name: "Entities" }).waitFor();
  await page.getByRole("button", { name: "Take it" }).click();
  await page.getByRole("button", { name: "Assignee: Ann" }).waitFor();
  await page.getByRole("button", { name: "In progress" }).click();
  await expect.poll(() => page.getByTestId("outcome").innerText()).toBe("In progress");
  await page.getByRole("button", { name: /^Tags: / }).click();
  await page.getByRole("combobox", { name: "Tags", exact: true }).fill("phishing");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Tags: phishing" }).waitFor();
  await page.getByRole("textbox", { name: "Comment" }).fill("It was the <b>administrator</b>.");
  await page.getByRole("button", { name: "Comment" }).click();
  const activity = page.getByRole("region", { name: "Activity" });
  await activity.getByRole("listitem").getByText("It was the <b>administrator</b>.").waitFor();
  await page.getByRole("button", { name: "Close…" }).click();
  await page.getByRole("radio", { name: "Benign positive" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).click();
  await expect.poll(() => page.getByTestId("outcome").innerText()).toBe("Closed · Benign positive");
  await activity.getByText(/Ann.*gave the verdict Benign positive/).waitFor();
  expect(faults).toEqual([]);
}, 120_000);

test("an alert is worked to its close by keyboard alone", async () => {
  const { page, faults } = await open("/alerts?status=new");
  await rows(page).first().waitFor(patience);
  const id = await rows(page).first().getAttribute("data-alert");
  await page.keyboard.press("j");
  await page.locator(`[data-alert="${id ?? ""}"][data-active]`).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("Next alert").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("grid", { name: "Alerts" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/alerts/${id ?? ""}`);
  await page.getByTestId("outcome").waitFor();
  // Keys are heard a moment after the page is drawn.
  await expect.poll(async () => {
    await page.keyboard.press("a");
    return page.getByTestId("outcome").innerText();
  }).toBe("Acknowledged");
  await page.keyboard.press("c");
  const first = page.getByRole("radio", { name: "True positive" });
  await expect.poll(() => first.evaluate((e) => e === document.activeElement)).toBe(true);
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.getByTestId("outcome").innerText()).toBe("Closed · Benign positive");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("j");
  await expect.poll(() => page.url().endsWith(`/${id ?? ""}`)).toBe(false);
  await page.getByTestId("outcome").waitFor();
  await expect.poll(async () => {
    await page.keyboard.press("u");
    return new URL(page.url()).pathname + new URL(page.url()).search;
  }).toBe("/alerts?status=new");
  expect(faults).toEqual([]);
}, 120_000);

test("several alerts are tagged and closed at once", async () => {
  const { page } = await open("/alerts?status=new&urgency=low&urgency=medium");
  await rows(page).nth(1).waitFor(patience);
  const ids = await Promise.all([0, 1].map((i) => rows(page).nth(i).getAttribute("data-alert")));
  const select = async () => {
    for (const id of ids) await page.getByRole("checkbox", { name: `Select alert ${id ?? ""}`, exact: true }).click();
  };
  const bar = page.getByRole("toolbar", { name: "Selected alerts" });
  await select();
  await bar.getByRole("button", { name: "Add a tag…" }).click();
  await page.getByRole("textbox", { name: "Tag to add" }).fill("together");
  await page.keyboard.press("Enter");
  await page.getByText("2 of 2 alerts were changed.").first().waitFor();
  for (const id of ids) await page.locator(`[data-alert="${id ?? ""}"]`).getByText("together").waitFor();
  await select();
  await bar.getByRole("button", { name: "Close…" }).click();
  await page.getByRole("radio", { name: "False positive" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).click();
  for (const id of ids) await expect.poll(() => page.locator(`[data-alert="${id ?? ""}"]`).count()).toBe(0);
  await page.getByRole("link", { name: "Outcomes" }).click();
  await page.getByRole("region", { name: "Outcomes by rule" }).locator("[data-rule]").first().waitFor();
}, 120_000);

test("who was too slow is told so, and may do it all the same", async () => {
  const { page, faults } = await open("/alerts?status=new");
  const id = await another(page);
  await page.goto(`${base}/alerts/${id}`);
  await page.getByRole("button", { name: "In progress" }).waitFor();
  // The page must not see the change of the other before it makes its own.
  let still = true;
  const seen = await (await page.request.get(`${base}/api/v1/alerts/${id}`)).text();
  await page.route(`${base}/api/v1/alerts/${id}`, (route) => (still && route.request().method() === "GET" ? route.fulfill({ contentType: "application/json", body: seen }) : route.continue()));
  const other = await page.request.patch(`${base}/api/v1/alerts/${id}`, { data: { assignee: "Bob" }, headers: { "X-Penstock-Actor": "Bob" } });
  expect(other.status()).toBe(200);
  await page.getByRole("button", { name: "In progress" }).click();
  await page.getByRole("alert").getByText("Somebody changed this meanwhile").waitFor();
  still = false;
  await page.getByRole("button", { name: "Assignee: Bob" }).waitFor();
  expect(await page.getByTestId("outcome").innerText()).toBe("New");
  await page.getByRole("button", { name: "Do it all the same" }).click();
  await expect.poll(() => page.getByTestId("outcome").innerText()).toBe("In progress");
  expect(faults.filter((f) => !f.includes("409"))).toEqual([]);
}, 120_000);

test("an event of an alert opens beside it, and leads back to it", async () => {
  const { page, faults } = await open("/alerts");
  await rows(page).first().getByRole("link").click(patience);
  const events = page.getByRole("region", { name: "Events" }).locator("[data-event]");
  await events.first().getByRole("button", { name: "Show" }).click();
  await expect.poll(() => search(page).has("event")).toBe(true);
  await page.getByRole("dialog").getByText(/^Alert \d+/).first().waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => search(page).has("event")).toBe(false);
  expect(faults).toEqual([]);
}, 120_000);

test("the entities of an alert are a graph, reached by keyboard, and a list", async () => {
  const { page, faults } = await open("/alerts?text=Shadow+copies&origin=rule");
  await rows(page).first().getByRole("link").click(patience);
  await page.getByRole("tab", { name: "Graph" }).click();
  const node = page.getByRole("group", { name: "Entity graph" }).locator(".react-flow__node").first();
  await node.waitFor();
  await node.focus();
  await page.keyboard.press("Enter");
  await page.getByText(/in \d+ relations? ·/).waitFor();
  await page.getByRole("radiogroup", { name: "How it is shown" }).getByText("List").click();
  await page.getByRole("group", { name: "Relations" }).getByRole("button", { name: "Show" }).first().waitFor();
  await page.getByRole("tab", { name: "Process tree" }).click();
  await page.getByText(/Processes of|None of its events tells/).first().waitFor();
  expect(search(page).get("view")).toBe("processes");
  expect(faults).toEqual([]);
}, 120_000);

test("the pages of alerts have no violation that axe finds, in either theme", async () => {
  const { page } = await open("/alerts/outcomes");
  for (const path of ["/alerts/outcomes", "/alerts/noisy"]) {
    await go(page, path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await violations(page), path).toEqual([]);
  }
  await go(page, "/alerts?text=Shadow+copies&origin=rule");
  await rows(page).first().getByRole("link").click(patience);
  await page.getByRole("region", { name: "Events" }).locator("[data-event]").first().waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("tab", { name: "Graph" }).click();
  await page.locator(".react-flow__node").first().waitFor();
  expect(await violations(page)).toEqual([]);
}, 120_000);
