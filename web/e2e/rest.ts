// When a page has come to rest.
import { setTimeout as pause } from "node:timers/promises";
import type { Page, Request } from "playwright-core";

const underWay = new WeakMap<Page, Set<Request>>();

/** watched notes what a page has under way, for atRest. */
export function watched(page: Page): Page {
  const open = new Set<Request>();
  underWay.set(page, open);
  page.on("request", (r) => {
    // A tail is open for as long as somebody looks; that a hunt is taken back may outlive the page that did it.
    const { pathname } = new URL(r.url());
    if (!pathname.endsWith("/tail") && !(r.method() === "DELETE" && pathname.includes("/hunt/"))) open.add(r);
  });
  page.on("requestfinished", (r) => open.delete(r));
  page.on("requestfailed", (r) => open.delete(r));
  return page;
}

/** still says of the document whether nothing in it is loaded or moves. */
const still = () =>
  document.readyState === "complete" && document.querySelector('[role="status"][aria-label^="Loading"]') === null
  && !document.getAnimations().some((a) => a.playState === "running" && a.effect?.getComputedTiming().iterations !== Infinity);

/** atRest waits until a watched page asks the server for nothing any more, and shows what was answered. */
export async function atRest(page: Page): Promise<void> {
  const open = underWay.get(page);
  if (!open) throw new Error("this page is not watched");
  // Twice, some time apart: an answer may lead to the next question.
  for (let calm = 0, i = 0; calm < 2; i++) {
    if (i > 600) throw new Error(`the page does not come to rest: ${[...open].map((r) => r.url()).join(", ")}`);
    calm = open.size === 0 && (await page.evaluate(still)) ? calm + 1 : 0;
    await pause(50);
  }
}
