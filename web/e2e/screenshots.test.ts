// Pictures of every page, for a look by eye: PENSTOCK_URL=… npm run screenshots, then see e2e/out.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { test } from "vitest";
import { browserForTests } from "./browser";

const out = join(import.meta.dirname, "out");
const open = browserForTests();

/** What stands on a page that another leads to: the address is found as a reader finds it. */
const behind: Record<string, { from: string; link: string }> = {
  alert: { from: "/alerts", link: "a[href*='/alerts/']:not([href$='noisy']):not([href$='outcomes'])" },
  rule: { from: "/rules?sort=hits", link: "a[href*='/rules/']:not([href$='attack']):not([href$='packs']):not([href$='new']):not([href$='explain'])" },
  intake: { from: "/intakes", link: "a[href*='/intakes/']:not([href$='new'])" },
};

const pages = [
  "", "events", "events?split=event.category", "alerts", "alerts/noisy", "alerts/outcomes", "rules", "rules/attack", "rules/packs", "rules/new", "hunting", "hunting/schedules", "hunting/schedules/new", "jobs", "jobs/new",
  "intakes", "intakes/new", "trust", "trust?tab=latency", "trust?tab=drift", "quarantine", "audit", "settings/account", "settings/users", "settings/keys", "settings/notifications", "settings/assets", "settings/retention", "about",
];

async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle", { timeout: 5000 }).catch(() => undefined);
  await page.waitForTimeout(800);
}

const views = [{ name: "", dark: false }, { name: "-dark", dark: true }, { name: "-phone", dark: false, width: 390, height: 844 }, { name: "-4k", dark: false, width: 3840, height: 2160 }];

for (const view of views) {
  const shot = (page: Page, name: string) => page.screenshot({ path: join(out, `${name}${view.name}.png`) });

  test.runIf(process.env.SCREENSHOTS).each(pages)(`screenshot of /%s${view.name}`, async (path) => {
    mkdirSync(out, { recursive: true });
    const { page } = await open(`/${path}`, { ...view, fresh: true });
    await settle(page);
    await shot(page, path === "" ? "home" : path.replace(/[/?=.]+/g, "-"));
    await page.context().close();
  });

  test.runIf(process.env.SCREENSHOTS).each(Object.entries(behind))(`screenshot of one %s${view.name}`, async (name, { from, link }) => {
    const { page } = await open(from, { ...view, fresh: true });
    await page.locator(link).first().click();
    await settle(page);
    await shot(page, name);
    await page.context().close();
  });

  test.runIf(process.env.SCREENSHOTS)(`screenshots of a hunt${view.name}`, async () => {
    const query = "DeviceProcessEvents\n| summarize Started = count() by bin(Timestamp, 5m), ActionType\n| render timechart with (title = \"Programs that were started\")";
    const { page } = await open(`/hunting?${new URLSearchParams({ q: query })}`, { ...view, fresh: true });
    await settle(page);
    await shot(page, "hunting-chart");
    await page.getByLabel("Show as").getByText("Table").click();
    await settle(page);
    await shot(page, "hunting-result");
    await page.context().close();
  });

  test.runIf(process.env.SCREENSHOTS)(`screenshots of an event${view.name}`, async () => {
    const { page } = await open("/events?q=penstock.table%3A+DeviceProcessEvents+and+action.type%3A+ProcessCreated", { ...view, fresh: true });
    await page.locator("[data-event]").first().locator("div").first().click();
    for (const tab of ["Fields", "Provenance", "Process tree"]) {
      await page.getByRole("dialog").getByRole("tab", { name: tab }).click();
      await settle(page);
      await shot(page, `event-${tab.toLowerCase().replace(" ", "-")}`);
    }
    await page.context().close();
  });
}
