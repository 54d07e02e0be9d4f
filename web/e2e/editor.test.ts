import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { browserForTests } from "./browser";

const open = browserForTests();

const ruleOf = (id: string, title: string, condition = "selection") => `title: ${title}
id: ${id}
status: test
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        Image|endswith: '.exe'
    condition: ${condition}
level: low
`;

async function write(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Rule in YAML" }).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

test("a rule is written, tried on stored events, saved and enabled", async () => {
  const { page, faults } = await open("/rules");
  await page.getByRole("link", { name: "New rule" }).click();
  const id = randomUUID();
  await write(page, ruleOf(id, "Every program", "no_such_selection"));
  const problems = page.getByRole("list", { name: "Problems" });
  await problems.getByRole("button", { name: "Line 10" }).waitFor();
  await page.locator(".cm-lintRange-error").first().waitFor();
  expect(await page.getByRole("button", { name: "Save and enable" }).isDisabled()).toBe(true);
  await write(page, ruleOf(id, "Every program"));
  await page.getByRole("status", { name: "Check" }).getByText("valid", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Test", exact: true }).click();
  const tested = page.getByRole("region", { name: "Test on the last 7 days" });
  await tested.getByText(/of [\d,]+ events match/).waitFor({ timeout: 60_000 });
  await tested.locator("[data-match]").first().waitFor();
  await tested.getByRole("img", { name: /^Matches over time: [\d,]+ matches/ }).waitFor();
  await page.getByRole("textbox", { name: "Why" }).fill("To see everything");
  await page.getByRole("button", { name: "Save and enable" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe(`/rules/${id}`);
  await page.getByText("Enabled", { exact: true }).waitFor();
  await page.getByRole("region", { name: "Changes" }).getByText("To see everything").first().waitFor();

  await page.getByRole("link", { name: "Edit" }).click();
  await write(page, ruleOf(id, "Every program at all"));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("heading", { name: "Every program at all" }).waitFor();
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/rules");
  expect(faults).toEqual([]);
}, 120_000);

test("fields, logsources and keys are completed", async () => {
  const { page } = await open("/rules/new");
  await page.getByRole("status", { name: "Check" }).waitFor();
  await write(page, "logsource:\n    category: process_creation\n    product: windows\ndetection:\n    selection:\n        ");
  await page.keyboard.type("ParentIm");
  const options = page.locator(".cm-tooltip-autocomplete");
  await options.getByText("ParentImage").first().waitFor();
  // Enter belongs to the text for the first moments of a list, lest who types fast chooses unawares.
  await page.waitForTimeout(200);
  await page.keyboard.press("Enter");
  await expect.poll(() => page.getByRole("textbox", { name: "Rule in YAML" }).innerText()).toContain("ParentImage: ");
});

test("what is written is not lost by leaving", async () => {
  const { page } = await open("/rules/new");
  await page.getByRole("status", { name: "Check" }).waitFor();
  await write(page, "title: mine");
  await page.getByRole("link", { name: "Alerts" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stay here" }).click();
  expect(new URL(page.url()).pathname).toBe("/rules/new");
  await page.getByRole("link", { name: "Alerts" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave it" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/alerts");
});

test("a rule of a pack is copied, not edited", async () => {
  const { page, faults } = await open("/rules?pack=builtin&kind=rule");
  await page.locator("[data-rule]").first().getByRole("link").click();
  await page.getByRole("region", { name: "Can it match?" }).waitFor();
  const title = await page.getByRole("heading", { level: 1 }).innerText();
  const path = new URL(page.url()).pathname;
  await page.getByRole("link", { name: "Copy as a rule of your own" }).click();
  await page.getByText(`After the model of “${title}”`).waitFor();
  await expect.poll(() => page.getByRole("textbox", { name: "Rule in YAML" }).innerText()).toContain("type: derived");
  await page.goto(`${new URL(page.url()).origin}${path}/edit`);
  await page.getByText("This rule comes with a pack").waitFor();
  expect(faults).toEqual([]);
});

test("files of rules are checked, installed and removed", async () => {
  const { page, faults } = await open("/rules/packs");
  const form = page.getByRole("region", { name: "Import" });
  await form.locator('input[type="file"]').setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("x") });
  await form.getByText("notes.txt is neither a zip archive nor a YAML file.").waitFor();
  await form.locator('input[type="file"]').setInputFiles([
    { name: "good.yml", mimeType: "text/yaml", buffer: Buffer.from(ruleOf(randomUUID(), "From a file")) },
    { name: "bad.yml", mimeType: "text/yaml", buffer: Buffer.from("title: [") },
  ]);
  await form.getByRole("textbox", { name: "Name of the pack" }).fill("from-files");
  await form.getByRole("button", { name: "Check" }).click();
  const report = form.getByRole("status", { name: "Report" });
  await report.getByText("What would be installed").waitFor();
  await report.getByText(/bad\.yml/).first().waitFor();
  await form.getByRole("button", { name: "Install from-files" }).click();
  await report.getByText("Installed", { exact: true }).waitFor();
  const row = page.locator('[data-pack="from-files"]');
  await row.waitFor();
  await row.getByRole("button", { name: "Change the policy of from-files" }).click();
  await page.getByRole("dialog").getByText(/Enabled: none/).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Leave it" }).click();
  await row.getByRole("button", { name: "Remove from-files" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect.poll(() => row.count()).toBe(0);
  expect(faults).toEqual([]);
});
