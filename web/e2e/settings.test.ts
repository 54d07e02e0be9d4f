// Notification targets and assets, against a server of this machine that takes what is sent.
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browserForTests } from "./browser";
import { violations } from "./axe";

const open = browserForTests();
let hooks: Server;
let taken: IncomingMessage[] = [];

beforeAll(async () => {
  hooks = createServer((request, response) => {
    taken.push(request);
    request.resume();
    response.writeHead(request.url === "/refused" ? 403 : 204).end();
  });
  await new Promise<void>((resolve) => hooks.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  hooks.close();
});

const address = (path: string) => `http://127.0.0.1:${(hooks.address() as AddressInfo).port}${path}`;

test("a target is made, with what is wrong said at its field, tried, changed and deleted", async () => {
  taken = [];
  const name = `Hook ${Date.now()}`;
  const { page, faults } = await open("/settings/notifications");
  await page.getByRole("button", { name: "New target" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("textbox", { name: "Name" }).fill(name);
  await form.getByRole("textbox", { name: "Address" }).fill("http://hooks.example.com/x");
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByText(/expected https/).waitFor();
  await form.getByRole("textbox", { name: "Address" }).fill(address("/taken"));
  await form.getByRole("button", { name: "Save" }).click();
  await page.getByText(`The signing key of ${name}`).waitFor();
  await page.getByText(/^whsec_/).waitFor();
  await page.getByRole("button", { name: `Send a test message to ${name}` }).click();
  const row = page.locator("[data-target]").filter({ hasText: name });
  await row.getByText("It was taken.").waitFor();
  expect(taken.map((r) => [r.method, r.url])).toContainEqual(["POST", "/taken"]);
  await page.getByRole("button", { name: `Change ${name}` }).click();
  await form.getByRole("textbox", { name: "Address" }).fill(address("/refused"));
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "detached" });
  await page.getByRole("button", { name: `Send a test message to ${name}` }).click();
  await row.getByText(/It was not taken: .*403/).waitFor();
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await row.waitFor({ state: "detached" });
  expect(faults.filter((f) => !f.includes("status of 422"))).toEqual([]);
});

test("an asset is said to matter, and then no longer", async () => {
  const name = `dc-${Date.now()}.example`;
  const { page, faults } = await open("/settings/assets");
  await page.getByRole("button", { name: "Say who matters" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByText("Give at least one name.").waitFor();
  await page.getByRole("textbox", { name: "Names" }).fill(name);
  await page.getByRole("textbox", { name: "Note" }).fill("Domain controller");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  const row = page.locator(`[data-asset="${name}"]`);
  await row.getByText("high +10").waitFor();
  await page.getByRole("button", { name: `Make ${name} normal` }).click();
  await row.waitFor({ state: "detached" });
  expect(faults).toEqual([]);
});

test("what a shorter retention would delete is said before it is saved, and has to be confirmed", async () => {
  const { page, faults } = await open("/settings/retention");
  const form = page.getByRole("region", { name: "Change it" });
  await page.getByRole("heading", { name: "Events are kept for 90 days" }).waitFor();
  await form.getByRole("checkbox", { name: "Delete the oldest beyond" }).check();
  await form.getByRole("textbox", { name: "Size", exact: true }).fill("0.5");
  await form.getByRole("combobox", { name: "Unit of the size" }).click();
  await page.getByRole("option", { name: "MiB" }).click();
  await form.getByText("The limit of the size is 1 MiB at least").waitFor();
  await form.getByRole("textbox", { name: "Size", exact: true }).fill("1");
  await form.getByRole("status", { name: /would be deleted/ }).waitFor();
  await form.getByRole("textbox", { name: "Size", exact: true }).fill("900000");
  await form.getByText("Nothing would be deleted now.").waitFor();
  await form.getByRole("textbox", { name: "Days", exact: true }).fill("120");
  await form.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: /^Events are kept for 120 days, and no more than/ }).waitFor();
  await form.getByRole("button", { name: "Fill in the default" }).click();
  await form.getByRole("button", { name: "Save" }).click();
  await page.getByText("This is the default: nobody has said otherwise.").waitFor();
  expect(faults.filter((f) => !f.includes("status of 422"))).toEqual([]);
});

test("the form of a target has no violation that axe finds, in either theme", async () => {
  const { page } = await open("/settings/notifications");
  await page.getByRole("button", { name: "New target" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).waitFor();
  expect(await violations(page)).toEqual([]);
});

test("the doctor looks at an intake and says what it found, of everything by its subject", async () => {
  const { page, faults } = await open("/settings/doctor");
  await page.getByRole("button", { name: "Look", exact: true }).click();
  await page.getByRole("region", { name: "Findings" }).waitFor({ timeout: 100_000 });
  await page.getByRole("checkbox", { name: "Show what is right, too" }).check();
  await page.locator('[data-finding="hub.there"]').first().waitFor();
  await page.locator('[data-finding="page.answers"]').waitFor();
  await page.getByRole("button", { name: "Copy as JSON" }).waitFor();
  expect(await violations(page)).toEqual([]);
  expect(faults).toEqual([]);
}, 120_000);
