// An intake is made against the Event Hubs emulator, with a wrong and then the right key; it is watched, paused, changed and deleted.
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./axe";
import { go } from "./browser";
import { watched } from "./rest";
import { DemoHub, OwnServer } from "./server";

const passphrase = "quiet lemon harbour engine";
let browser: Browser;
let server: OwnServer;
let hub: DemoHub;
let page: Page; // of the administrator, from test to test

beforeAll(async () => {
  hub = await DemoHub.start();
  server = await OwnServer.start();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: ["--no-sandbox", "--disable-gpu", "--no-first-run"] });
  page = watched(await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage());
  page.setDefaultTimeout(12_000);
  await page.goto(server.link());
  await field("Name").fill("anna");
  await field("Passphrase").fill(passphrase);
  await field("Passphrase again").fill(passphrase);
  await page.getByRole("button", { name: "Make the account" }).click();
  await page.waitForURL("**/home");
}, 180_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
  await hub.stop();
});

const field = (name: string) => page.getByRole("textbox", { name, exact: true });
// What is written as dots has no role to be found by.
const secret = () => page.locator("input[name=hubConnectionString]");
// The intake key that the page has shown.
let key = "";
let sent = 0;
const push = (withKey: string) => fetch(`${server.base}/plain`, {
  method: "POST", headers: { "X-Intake-Key": withKey },
  body: JSON.stringify({ time: new Date().toISOString(), category: "AdvancedHunting-DeviceInfo", properties: { Timestamp: new Date().toISOString(), DeviceName: "sent-by-a-script", ReportId: sent++ } }),
});
const testing = () => page.getByRole("region", { name: "Connection test" });

test("the form says beside each field what is wrong, and leads to the first", async () => {
  await page.goto(`${server.base}/intakes`);
  await page.getByRole("link", { name: "New intake" }).click();
  await field("Name").fill("not a name!");
  await page.getByText("Letters, digits, - and _ alone, a letter or digit first.").waitFor();
  await page.getByRole("link", { name: "Rules" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stay here" }).click();
  await page.getByRole("button", { name: "Save and start" }).click();
  await page.getByText(/The connection string of the hub is missing/).waitFor();
  await expect.poll(() => field("Name").evaluate((e) => e === document.activeElement && e.getAttribute("aria-invalid") === "true")).toBe(true);
  await field("Name").fill("headquarters");
  await page.getByRole("button", { name: "Save and start" }).click();
  await expect.poll(() => secret().evaluate((e) => e === document.activeElement)).toBe(true);
  await secret().fill(hub.connection("d3Jvbmc="));
  await page.getByText(/The connection string of the hub is missing/).waitFor({ state: "detached" });
});

test("the test of the connection says which step a wrong key fails, and how to mend it", async () => {
  await field("Entity or site").fill("Headquarters");
  await page.getByRole("button", { name: "Test the connection" }).click();
  await testing().getByText("To mend it:").waitFor();
  await testing().getByText("The connection does not work yet").waitFor();
  await testing().getByText("failed", { exact: false }).first().waitFor();
  expect((await page.locator("body").innerText()).includes("d3Jvbmc=")).toBe(false);
});

test("with the right key the connection works, and the events of the intake arrive", async () => {
  await page.getByRole("button", { name: "Paste what a deployment printed" }).click();
  await page.getByLabel("Settings as JSON").fill("Endpoint=sb://x");
  await page.getByText("This is not JSON.", { exact: false }).waitFor();
  await page.getByLabel("Settings as JSON").fill(JSON.stringify({ intake: { type: "Object", value: { hubConnectionString: hub.connection() } } }));
  await page.getByText("1 field was filled in.", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Test again" }).click();
  await testing().getByText("The connection works.").waitFor();
  await page.getByRole("button", { name: "Save and start" }).click();
  await page.getByRole("heading", { name: "headquarters", level: 1 }).waitFor();
  await page.getByText("running", { exact: true }).first().waitFor();
  await page.getByRole("region", { name: "Tables", exact: true }).getByText("DeviceProcessEvents").waitFor();
  await page.getByRole("region", { name: "Partitions" }).getByRole("row").nth(4).waitFor();
});

test("it is paused once that is confirmed, over a reload, and resumed", async () => {
  await page.getByRole("button", { name: "Pause headquarters" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByRole("button", { name: "Resume headquarters" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Resume headquarters" }).click();
  await page.getByRole("button", { name: "Pause headquarters" }).waitFor();
  await page.getByText("running", { exact: true }).first().waitFor();
});

test("it is changed without its secret, which is not shown again", async () => {
  await page.getByRole("link", { name: "Edit" }).click();
  await secret().waitFor();
  await expect.poll(() => secret().getAttribute("placeholder")).toContain("unchanged");
  expect(await secret().inputValue()).toBe("");
  await page.getByRole("button", { name: "Test the connection" }).click();
  await testing().getByText("The connection works.").waitFor();
  await field("Entity or site").fill("Berlin");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Berlin").first().waitFor();
});

test("pages of intakes and of trust have no violation that axe finds, in either theme", async () => {
  for (const path of ["/intakes", "/intakes/headquarters", "/intakes/new", "/intakes/headquarters/edit", "/trust?drift=all", "/trust?stage=all"]) {
    await go(page, path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await violations(page), path).toEqual([]);
  }
});

test("an intake that programs send to is made, its key shown once, and an event that is sent with it is seen", async () => {
  await page.goto(`${server.base}/intakes/new`);
  await page.getByText("HTTP with an intake key", { exact: true }).click();
  await field("Name").fill("scripts");
  await page.getByRole("button", { name: "Test the connection" }).click();
  await testing().getByText("Save it to get its key", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Save and start" }).click();
  key = await page.getByTestId("intake-key").innerText();
  expect(key).toMatch(/^psi_[\w-]{43}$/);
  expect(await page.getByRole("region", { name: "Commands" }).innerText()).toContain(`X-Intake-Key: ${key}`);
  expect(await violations(page)).toEqual([]);
  expect((await push(key)).status).toBe(200);
  await page.getByRole("link", { name: /to the intake/ }).click();
  await page.getByRole("heading", { name: "scripts", level: 1 }).waitFor();
  await page.getByRole("region", { name: "Tables", exact: true }).getByText("DeviceInfo").waitFor();
  await page.reload();
  await page.getByRole("region", { name: "Sending" }).waitFor();
  expect((await page.locator("body").innerText()).includes(key)).toBe(false);
  await page.goto(`${server.base}/events?${new URLSearchParams({ q: 'host.name: "sent-by-a-script"', from: "now-2h", to: "now" }).toString()}`);
  await page.getByText("sent-by-a-script").first().waitFor();
});

test("its key is replaced: the one before is taken for the overlap, then ended, and what is refused is counted", async () => {
  await page.goto(`${server.base}/intakes/scripts`);
  await page.getByRole("button", { name: "Replace the key…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Replace it" }).click();
  const next = await page.getByTestId("intake-key").innerText();
  expect(next).not.toBe(key);
  await page.getByRole("dialog").getByRole("button", { name: "I have copied it" }).click();
  expect((await push(key)).status).toBe(200);
  expect((await push(next)).status).toBe(200);
  await page.getByRole("button", { name: "End replaced keys now" }).click();
  await page.getByRole("table", { name: "Keys" }).getByText("replaced", { exact: true }).waitFor({ state: "detached" });
  expect((await push(key)).status).toBe(401);
  expect((await push(next)).status).toBe(200);
  await page.getByRole("table", { name: "Refused" }).getByText(/still sends with it/).waitFor();
  expect(await violations(page)).toEqual([]);
});

test("deleting says what becomes of its events, and leads back to the list", async () => {
  await page.goto(`${server.base}/intakes/headquarters`);
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("dialog").getByText(/Its events stay/).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await page.waitForURL("**/intakes");
  await page.getByRole("region", { name: "Intake file" }).waitFor();
  await expect.poll(() => page.getByRole("region", { name: "Intake headquarters" }).count()).toBe(0);
});
