// How long pages take to load with an empty cache, and what they weigh: PENSTOCK_URL=… npm run load. It prints; nothing passes or fails by it.
import { test } from "vitest";
import { browserForTests } from "./browser";

const open = browserForTests();
const pages = ["/", "/events", "/alerts", "/rules", "/rules/attack", "/hunting", "/intakes", "/trust", "/settings/account", "/about"];
const rounds = 5;

test.runIf(process.env.LOAD).each(pages)("%s", async (path) => {
  const seen: { ms: number; kB: number }[] = [];
  for (let i = 0; i < rounds; i++) {
    const { page } = await open("data:text/html,", { fresh: true });
    let bytes = 0;
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Network.enable");
    devtools.on("Network.loadingFinished", (e) => (bytes += e.encodedDataLength));
    await page.goto(new URL(path, process.env.PENSTOCK_URL ?? "http://127.0.0.1:8400").href, { waitUntil: "commit" });
    await page.locator("main h1, main [role=grid], main h2").first().waitFor();
    const ms = await page.evaluate(() => performance.now());
    await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => undefined);
    seen.push({ ms, kB: bytes / 1000 });
    await page.context().close();
  }
  seen.sort((a, b) => a.ms - b.ms);
  const median = seen[rounds >> 1];
  console.log(`${path}: shown after ${Math.round(median?.ms ?? 0)} ms (${Math.round(seen[0]?.ms ?? 0)} to ${Math.round(seen.at(-1)?.ms ?? 0)}), ${Math.round(median?.kB ?? 0)} kB over the wire`);
});
