// Intakes are made against emulators, with wrong and then right settings; they are watched, paused, changed and deleted.
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./axe";
import { go } from "./browser";
import { watched } from "./rest";
import { DemoHub, Feeds, OwnServer } from "./server";

const passphrase = "quiet lemon harbour engine";
let browser: Browser;
let server: OwnServer;
let hub: DemoHub;
let feeds: Feeds;
let page: Page; // of the administrator, from test to test

beforeAll(async () => {
  [hub, feeds, server] = await Promise.all([DemoHub.start(), Feeds.start(), OwnServer.start()]);
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
  await feeds.stop();
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
const setting = (name: string) => page.locator(`[name=${name}]`);
/** tested tests the connection and waits for what came of it: it works, or a text that says why not. */
const tested = async (says: RegExp | string = "The connection works.") => {
  await page.getByRole("button", { name: /^Test (the connection|again)$/ }).click();
  await testing().getByText(says).first().waitFor();
};
/** blamed waits until a setting is said to be wrong. */
const blamed = (name: string) => expect.poll(() => setting(name).getAttribute("aria-invalid")).toBe("true");
/** fresh begins an intake that reads from a place. */
const fresh = async (place: string, name: string) => {
  await page.goto(`${server.base}/intakes/new`);
  await page.getByText(place, { exact: true }).click();
  await field("Name").fill(name);
};
/** saved saves the new intake and waits for the events of all tables. */
const saved = async (name: string) => {
  await page.getByRole("button", { name: "Save and start" }).click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  await page.getByText("running", { exact: true }).first().waitFor();
  for (const table of ["DeviceInfo", "DeviceProcessEvents", "EmailEvents"]) await page.getByRole("region", { name: "Tables", exact: true }).getByText(table, { exact: true }).waitFor();
};
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

test("an export to a storage account is read once key, container and signature are right", async () => {
  const { at } = feeds;
  await fresh("A storage account", "export");
  await page.getByRole("button", { name: "Save and start" }).click();
  await page.getByText(/The connection string of the storage account is missing/).waitFor();
  await setting("storageConnectionString").fill(at.storage.replace(/AccountKey=[^;]*/, `AccountKey=${Buffer.alloc(64, 7).toString("base64")}`));
  await tested(/copy the connection string anew/);
  await blamed("storageConnectionString");
  await setting("storageConnectionString").fill(at.storage);
  await setting("storageContainer").fill("not-there");
  await tested(/has no container not-there/);
  await blamed("storageContainer");
  await page.getByText("A shared access signature", { exact: true }).click();
  expect(await testing().getByText(/not-there/).count()).toBe(0);
  await setting("storageContainer").fill("");
  await setting("storageSas").fill(at.sas);
  await tested();
  await testing().getByText(`3: ${at.names.join(", ")}`).waitFor();
  await saved("export");
  await page.getByRole("region", { name: "Partitions" }).getByText("Container / day").waitFor();
  await page.getByText("the entry that writes to this storage account", { exact: false }).waitFor();
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await expect.poll(() => setting("storageSas").getAttribute("placeholder")).toContain("unchanged");
  await tested();
});

test("a topic of Kafka is read once certificate, password and name are right", async () => {
  const { at } = feeds;
  await fresh("Kafka", "topic");
  await page.getByText("User and password", { exact: true }).click();
  await tested(/Nothing was sent/);
  for (const missing of ["brokers", "hubName", "username", "saslPassword"]) await blamed(missing);
  await setting("brokers").fill(at.brokers);
  await setting("hubName").fill("not-there");
  await setting("username").fill(at.user);
  await setting("saslPassword").fill("not it");
  await tested(/is not trusted/);
  await blamed("brokerCa");
  await setting("brokerCa").fill(at.ca);
  await tested(/Check user, password and mechanism/);
  await blamed("saslPassword");
  await setting("saslPassword").fill(at.password);
  await tested(/There is no topic not-there/);
  await blamed("hubName");
  await setting("hubName").fill(at.topic);
  await page.getByLabel("Encrypted (TLS)").uncheck();
  await tested(/They probably want encryption/);
  await page.getByLabel("Encrypted (TLS)").check();
  await tested();
  await saved("topic");
  await page.getByRole("region", { name: "Partitions" }).getByText("Topic / partition").waitFor();
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await expect.poll(() => setting("saslPassword").getAttribute("placeholder")).toContain("unchanged");
  await tested();
  await field("Entity or site").fill("Hamburg");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Hamburg").first().waitFor();
});

test("one intake reads the hubs of all tables, as their deployment tells them", async () => {
  const { at } = feeds;
  const told = { hubName: at.names.join(", "), chosenTables: ["DeviceInfo", "DeviceProcessEvents", "EmailEvents"], hubConnectionString: at.namespace, consumerGroup: "penstock" };
  await fresh("Azure Event Hubs", "tables");
  await page.getByRole("button", { name: "Paste what a deployment printed" }).click();
  await page.getByLabel("Settings as JSON").fill(JSON.stringify({ intake: { type: "Object", value: told } }));
  await page.getByText("4 fields were filled in.", { exact: false }).waitFor();
  await expect.poll(() => page.getByLabel("Each table has a hub of its own").isChecked()).toBe(true);
  const names = page.getByRole("combobox", { name: "Event Hub names" });
  await names.fill("not-there,");
  await tested(/has no hub not-there/);
  await testing().getByText(`Hub ${at.names[2]}`).waitFor(); // those behind it are looked at as well
  expect(await violations(page)).toEqual([]);
  await names.press("Backspace");
  await saved("tables");
  await page.getByText("3 hubs", { exact: false }).first().waitFor();
  expect(await page.getByRole("region", { name: "Tables that have never arrived" }).count()).toBe(0);
  await page.getByRole("region", { name: "Partitions" }).getByText(`${at.names[2]} / 1`).waitFor();
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await names.press("Backspace");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("2 hubs", { exact: false }).first().waitFor();
  await page.getByRole("region", { name: "Partitions" }).getByText(`${at.names[2]} / 1`).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("dialog").getByText(/What the hub has and was not read/).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await page.waitForURL("**/intakes");
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
