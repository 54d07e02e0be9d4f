// Pictures of every page, for a look by eye: PENSTOCK_URL=… npm run screenshots, then see e2e/out.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { browserForTests } from "./browser";

const out = join(import.meta.dirname, "out");
const open = browserForTests();
const pages = ["events", "hunting", "hunting/schedules", "hunting/schedules/new", "alerts", "rules", "rules/attack", "rules/packs", "rules/new", "jobs", "jobs/new", "intakes", "trust", "quarantine", "about"];

test.runIf(process.env.SCREENSHOTS).each(pages.flatMap((p) => [[p, false], [p, true]] as const))("screenshot of %s, dark: %s", async (name, dark) => {
  mkdirSync(out, { recursive: true });
  const { page } = await open(`/${name}`, { dark });
  await page.waitForLoadState("networkidle").catch(() => undefined);
  await page.waitForTimeout(800);
  await page.screenshot({ path: join(out, `${name.replaceAll("/", "-")}${dark ? "-dark" : ""}.png`) });
  if (name !== "events") return;
  await page.locator("[data-event]").first().locator("div").first().click();
  await page.getByRole("dialog").locator("tr").first().waitFor();
  await page.waitForTimeout(300);
  await page.screenshot({ path: join(out, `event${dark ? "-dark" : ""}.png`) });
});
