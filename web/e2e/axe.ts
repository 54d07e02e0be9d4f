// What axe finds on a page.
import axe from "axe-core";
import type { RunOptions } from "axe-core";
import type { Page } from "playwright-core";
import { atRest } from "./rest";

const standards: RunOptions["runOnly"] = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];

/** violations looks at a page in both themes, once it has come to rest. What the dark theme can do wrong are its colours: all else was seen in the light one. */
export async function violations(page: Page): Promise<string[]> {
  const found: string[] = [];
  // Colours that fade from one theme to the other are those of neither.
  await page.evaluate(() => {
    const still = new CSSStyleSheet();
    still.replaceSync("*, *::before, *::after { transition: none !important; }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
  });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await atRest(page);
    found.push(...(await run(page, colorScheme === "light" ? standards : ["color-contrast"])).map((v) => `${colorScheme}: ${v}`));
  }
  return found;
}

async function run(page: Page, runOnly: RunOptions["runOnly"]): Promise<string[]> {
  // The policy of the page lets no foreign script in; evaluating in its own context does not pass through it.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  const result = await page.evaluate((runOnly) => (window as unknown as { axe: typeof axe }).axe.run(document, { runOnly } as RunOptions), runOnly);
  return result.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")}: ${(n.failureSummary ?? "").replace(/\s+/g, " ").slice(0, 200)}`));
}
