// The first start, signing in and out, second factors, and what a viewer may not.
import { createHmac } from "node:crypto";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./axe";
import { go } from "./browser";
import { watched } from "./rest";
import { OwnServer } from "./server";

const passphrase = "quiet lemon harbour engine";
let browser: Browser;
let server: OwnServer;
let anna: Page; // who stays signed in from test to test

beforeAll(async () => {
  server = await OwnServer.start();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: ["--no-sandbox", "--disable-gpu", "--no-first-run"] });
  anna = await visitor();
}, 120_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
});

async function visitor(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  return watched(await context.newPage());
}

const field = (page: Page, name: string) => page.getByRole("textbox", { name, exact: true });

async function signIn(page: Page, name: string, text: string): Promise<void> {
  await field(page, "Name").fill(name);
  await field(page, "Passphrase").fill(text);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** code is what an authenticator app shows for a secret in base32 (RFC 6238). */
function code(secret: string, at = Date.now()): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = secret.split("").map((c) => alphabet.indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

test("before there is an administrator the page says where the link is", async () => {
  await anna.goto(server.base);
  await anna.getByText("The terminal (or the log) in which Penstock was started shows a one-time link.").waitFor();
});

test("behind the one-time link the first administrator makes the account and lands on Home, once", async () => {
  await anna.goto(server.link());
  await anna.reload();
  await field(anna, "Name").fill("anna");
  await field(anna, "Passphrase").fill("short");
  await anna.getByText("7 more characters are needed").waitFor();
  await field(anna, "Passphrase").fill(passphrase);
  await field(anna, "Passphrase again").fill(passphrase);
  await anna.getByRole("button", { name: "Make the account" }).click();
  await anna.waitForURL("**/home");
  await anna.getByRole("heading", { name: "Home" }).waitFor();
  const other = await visitor();
  await other.goto(server.link());
  await other.getByRole("heading", { name: "This link does not work" }).waitFor();
  await other.context().close();
});

test("a lost session asks for the sign-in and comes back to the same view", async () => {
  await anna.goto(`${server.base}/events?q=host.name%3A%20*`);
  await anna.getByRole("region", { name: "Results" }).waitFor();
  await anna.context().clearCookies();
  await anna.reload();
  await signIn(anna, "anna", "not the passphrase");
  await anna.getByRole("alert").waitFor();
  await signIn(anna, "anna", passphrase);
  await anna.getByRole("region", { name: "Results" }).waitFor();
  expect(new URL(anna.url()).searchParams.get("q")).toBe("host.name: *");
});

test("codes of an authenticator app are asked for once they are set up", async () => {
  await anna.goto(`${server.base}/settings/account`);
  await anna.getByRole("region", { name: "Authenticator app" }).getByRole("button", { name: "Set up…" }).click();
  await field(anna, "Your passphrase").fill(passphrase);
  await anna.getByRole("button", { name: "Go on" }).click();
  const region = anna.getByRole("region", { name: "Authenticator app" });
  await region.getByRole("img", { name: "QR code for the authenticator app" }).waitFor();
  const secret = (await region.locator("code").first().textContent()) ?? "";
  await region.getByRole("textbox", { name: "Code" }).fill("000000");
  await region.getByRole("button", { name: "Turn on" }).click();
  await region.locator("[aria-invalid=true]").waitFor();
  await region.getByRole("textbox", { name: "Code" }).fill(code(secret));
  await region.getByRole("button", { name: "Turn on" }).click();
  await region.getByText("Each lets you in once").waitFor();
  const recovery = (await region.locator("code").first().textContent()) ?? "";
  await region.getByRole("button", { name: "I have kept them" }).click();

  const elsewhere = await visitor();
  await elsewhere.goto(`${server.base}/about`);
  await signIn(elsewhere, "anna", passphrase);
  await elsewhere.getByRole("button", { name: "Use a recovery code" }).click();
  await elsewhere.getByRole("textbox", { name: "Recovery code" }).fill(recovery);
  await elsewhere.getByRole("button", { name: "Go on" }).click();
  await elsewhere.getByRole("heading", { name: "About" }).waitFor();
  await elsewhere.context().close();
});

test("a passkey signs in by itself", async () => {
  const cdp = await anna.context().newCDPSession(anna);
  await cdp.send("WebAuthn.enable");
  await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await anna.goto(`${server.base}/settings/account`);
  const region = anna.getByRole("region", { name: "Passkeys" });
  await field(anna, "Name of a new one").fill("Laptop");
  await region.getByRole("button", { name: "Add…" }).click();
  await field(anna, "Your passphrase").fill(passphrase);
  await anna.getByRole("button", { name: "Go on" }).click();
  await region.getByRole("cell", { name: "Laptop", exact: true }).waitFor();
  await anna.getByRole("button", { name: /^Signed in as/ }).click();
  await anna.getByRole("menuitem", { name: "Sign out" }).click();
  await anna.getByRole("button", { name: "Sign in with a passkey" }).click();
  await anna.getByRole("heading", { name: "Settings" }).waitFor();
});

test("a viewer who is added sees what viewers see, and what he may not do is refused", async () => {
  await anna.goto(`${server.base}/settings/users`);
  await anna.getByRole("button", { name: "New user" }).click();
  const name = `victor${Date.now() % 100_000}`;
  await field(anna, "Name").fill(name);
  await anna.getByRole("radio", { name: "Viewer" }).check();
  await anna.getByRole("button", { name: "Add", exact: true }).click();
  const link = (await anna.getByRole("alert").locator("code").textContent()) ?? "";

  const victor = await visitor();
  await victor.goto(link);
  await field(victor, "Passphrase").fill(passphrase);
  await field(victor, "Passphrase again").fill(passphrase);
  await victor.getByRole("button", { name: "Go on" }).click();
  await victor.waitForURL("**/home");
  const pages = victor.getByRole("navigation", { name: "Pages" });
  await pages.getByRole("link", { name: "Events" }).waitFor();
  expect(await pages.getByRole("link").allTextContents()).not.toContain("Audit log");
  await victor.goto(`${server.base}/settings/users`);
  await victor.getByText("Users and API keys are managed by administrators").waitFor();
  const status = await victor.evaluate(async () => (await fetch("/api/v1/users", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name: "mallory", role: "administrator" }) })).status);
  expect(status).toBe(403);
  await victor.context().close();

  await anna.goto(`${server.base}/audit?outcome=refused`);
  await anna.getByRole("row", { name: new RegExp(name) }).first().waitFor();
});

test("an API key is shown once and opens the API", async () => {
  await anna.goto(`${server.base}/settings/keys`);
  await anna.getByRole("button", { name: "New key" }).click();
  await field(anna, "Name").fill("script");
  await anna.getByRole("button", { name: "Make the key" }).click();
  const key = (await anna.getByRole("alert").locator("code").textContent()) ?? "";
  const answer = await fetch(`${server.base}/api/v1/alerts/counts`, { headers: { Authorization: `Bearer ${key}` } });
  expect(answer.status).toBe(200);
  await anna.reload();
  await anna.getByRole("cell", { name: "script", exact: true }).waitFor();
  expect(await anna.getByText(key).count()).toBe(0);
});

test("pages about access have no violation that axe finds, in either theme", async () => {
  const stranger = await visitor();
  await stranger.goto(`${server.base}/about`);
  await stranger.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await violations(stranger)).toEqual([]);
  await stranger.context().close();
  for (const path of ["/settings/account", "/settings/users", "/settings/keys", "/audit"]) {
    await go(anna, path);
    await anna.getByRole("heading", { level: 1 }).waitFor();
    expect(await violations(anna), path).toEqual([]);
  }
});
