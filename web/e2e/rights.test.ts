// What somebody may not do is not offered to him, and no page asks the server for what he may not see.
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { go } from "./browser";
import { atRest, watched } from "./rest";
import { OwnServer } from "./server";

const passphrase = "quiet lemon harbour engine";
let browser: Browser;
let server: OwnServer;
let anna: Page; // the administrator
let found: { alert: number; rule: string; event: string; host: string };

beforeAll(async () => {
  server = await OwnServer.start();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: ["--no-sandbox", "--disable-gpu", "--no-first-run"] });
  anna = await enter(server.link(), { name: "anna" });
  const { id, rule } = await awaited("alerts?origin=rule&limit=1", (a) => a.alerts[0]);
  const event = await awaited("events?q=penstock.table%3ADeviceProcessEvents&limit=1", (a) => a.events[0]);
  found = { alert: id, rule, event: event.id, host: event.document.host.name };
}, 120_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
});

type Found = { id: number; rule: string };
type FoundEvent = { id: string; document: { host: { name: string } } };

/** awaited asks as the administrator until there is what is looked for. */
async function awaited<R>(path: string, choose: (answer: { alerts: Found[]; events: FoundEvent[] }) => R | undefined): Promise<R> {
  for (let i = 0; i < 600; i++) {
    const one = choose((await (await anna.request.get(`${server.base}/api/v1/${path}`)).json()) as { alerts: Found[]; events: FoundEvent[] });
    if (one !== undefined) return one;
    await pause(100);
  }
  throw new Error(`nothing fits among ${path}`);
}

/** enter opens the account behind a one-time link. */
async function enter(link: string, first: { name?: string } = {}): Promise<Page> {
  const page = watched(await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage());
  const answer = await page.request.post(`${server.base}/api/v1/session/link`, { data: { token: new URL(link).hash.slice(1), passphrase, ...first } });
  expect(answer.status(), await answer.text()).toBe(200);
  return page;
}

async function colleague(name: string, role: string, intakes: string[]): Promise<Page> {
  const made = await anna.request.post(`${server.base}/api/v1/users`, { data: { name, role, intakes } });
  expect(made.status(), await made.text()).toBeLessThan(300);
  return enter(((await made.json()) as { link: string }).link);
}

/** What changes something, by the permission that it needs, as buttons, links and switches call it. */
const deeds: Record<string, RegExp[]> = {
  "alerts.work": [/^Close…$/, /^Acknowledge$/, /^In progress$/, /^Take it$/, /^Assignee: /, /^Tags: /, /^Urgency$/, /^Comment$/, /^Select alert /, /^Select all alerts/],
  "rules.write": [/^New rule$/, /^Import$/, /^Enable all/, /^Disable all/, /^Enable /, /^Enabled$/, /^Select /, /^Change the policy of /, /^Check$/, /^Copy as a rule/, /^New exception$/, /^Make an exception$/, /^Level$/],
  "jobs.run": [/^New hunt$/, /^hunt$/, /^Test on 7 days$/],
  "intakes.write": [/^New intake$/],
  "assets.write": [/^Say who matters$/],
  "settings.write": [/^New target$/, /^Delete events that are older/],
  "users.manage": [/^New user$/, /^New key$/],
};

const pages = () => [
  "home", "events", `events?event=${found.event}`, ...["json", "record", "rules", "provenance", "related", "tree"].map((t) => `events?event=${found.event}&tab=${t}`), `events/timeline?host=${found.host}`,
  "alerts", "alerts/outcomes", "alerts/noisy", `alerts/${found.alert}`, `alerts/${found.alert}?view=graph`, `alerts/${found.alert}?view=processes`,
  "rules", "rules/attack", "rules/packs", "rules/new", `rules/${found.rule}`, `rules/${found.rule}/explain?event=${found.event}`, "jobs", "jobs/new", "jobs/1",
  "intakes", "intakes/new", "intakes/file", "intakes/file/edit", "trust", "quarantine", "audit", "about",
  ...["account", "users", "keys", "notifications", "assets", "retention"].map((s) => `settings/${s}`),
];

/** names are what can be clicked in a page but for what leads to other pages of it. */
const names = (page: Page) => page.locator('main :is(button, a, input, [role="switch"])').evaluateAll((all) => all.map((e) => (
  e.getAttribute("aria-label") ?? ((e instanceof HTMLInputElement ? e.labels?.[0]?.textContent : e.textContent) ?? "")).trim()));

/** walk opens every page, and gives what can be clicked on each and every request that was refused. */
async function walk(page: Page): Promise<{ offered: Map<string, string[]>; refused: string[] }> {
  const refused: string[] = [];
  const offered = new Map<string, string[]>();
  page.on("response", (r) => {
    if (r.status() === 403) refused.push(`${new URL(page.url()).pathname}: ${r.request().method()} ${new URL(r.url()).pathname}`);
  });
  await page.goto(server.base);
  for (const path of pages()) {
    await go(page, `/${path}`);
    await atRest(page);
    offered.set(path, await names(page));
  }
  return { offered, refused };
}

const without = (offered: Map<string, string[]>, permissions: string[]) =>
  [...offered].flatMap(([path, list]) => list.filter((n) => permissions.flatMap((p) => deeds[p] ?? []).some((d) => d.test(n))).map((n) => `${path}: ${n}`));

test("the administrator is offered everything", async () => {
  const { offered, refused } = await walk(anna);
  const all = [...offered.values()].flat();
  expect(Object.values(deeds).flat().filter((d) => !all.some((n) => d.test(n)))).toEqual([]);
  expect(refused).toEqual([]);
}, 180_000);

test("a viewer is offered nothing that he may not do, no page asks for what he may not see, and his keys change nothing", async () => {
  const page = await colleague("victor", "viewer", []);
  const { offered, refused } = await walk(page);
  expect(without(offered, Object.keys(deeds))).toEqual([]);
  await page.goto(`${server.base}/alerts`);
  await atRest(page);
  for (const key of ["j", "x", "a", "m", "c"]) await page.keyboard.press(key);
  await page.goto(`${server.base}/alerts/${found.alert}`);
  await atRest(page);
  for (const key of ["a", "m", "c"]) await page.keyboard.press(key);
  await atRest(page);
  expect(await page.getByRole("dialog").count()).toBe(0);
  expect(refused).toEqual([]);
  await page.goto(`${server.base}/settings/users`);
  await page.getByText("Users and API keys are managed by administrators").waitFor();
}, 180_000);

test("an analyst of some intakes works alerts, and no page asks for what concerns all intakes", async () => {
  const page = await colleague("rita", "analyst", ["file"]);
  const { offered, refused } = await walk(page);
  expect(without(offered, Object.keys(deeds).filter((p) => p !== "alerts.work"))).toEqual(offered.get("alerts")?.filter((n) => /^Select /.test(n)).map((n) => `alerts: ${n}`));
  expect(offered.get(`alerts/${found.alert}`)).toContain("Close…");
  expect(refused).toEqual([]);
}, 180_000);
