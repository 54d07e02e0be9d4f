// Events whose values attack the reader: a Penstock of its own reads them from a file. Needs the program (PENSTOCK).
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browserForTests } from "./browser";

const program = process.env.PENSTOCK;
const port = 20_000 + Math.floor(Math.random() * 20_000);
const url = `http://127.0.0.1:${port}`;
const open = browserForTests();
let dir = "";
let penstock: ChildProcess | undefined;

const markup = '<img src=x onerror="document.title=\'broken\'"><script>document.title="broken"</script>';
const hostile = {
  markup,
  direction: "invoice\u202egpj.exe",
  controls: "a\u0000b\u001b[31mred\u0007\r\nsecond",
  long: "A".repeat(100_000),
  formula: '=HYPERLINK("http://evil.example","x")',
};

function record(i: number, file: string): string {
  const time = new Date(Date.now() - i * 1000).toISOString();
  return JSON.stringify({
    time, tenantId: "00000000-0000-0000-0000-000000000001", operationName: "Publish", category: "AdvancedHunting-DeviceProcessEvents",
    properties: { Timestamp: time, DeviceId: "d1", DeviceName: markup, ActionType: "ProcessCreated", FileName: file, ProcessId: 40 + i, ProcessCommandLine: file, AccountName: hostile.formula, InitiatingProcessFileName: "a.exe", [`<b>${i}</b>`]: file },
  });
}

beforeAll(async () => {
  if (!program) return;
  dir = await mkdtemp(join(tmpdir(), "hostile-"));
  const records = Object.values(hostile).map((v, i) => record(i, v));
  await writeFile(join(dir, "events.json"), `${records.join("\n")}\n`);
  await writeFile(join(dir, "penstock.yaml"), `data: ${join(dir, "data")}\nserver: {listen: "127.0.0.1:${port}", sign_in: off}\nintakes:\n  - name: hostile\n    file: {path: ${join(dir, "events.json")}}\n`);
  penstock = spawn(program, ["serve", "--config", join(dir, "penstock.yaml")], { stdio: "ignore" });
  for (let found = 0; found < records.length; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const answer = await fetch(`${url}/api/v1/events/count`).catch(() => undefined);
    found = answer?.ok ? ((await answer.json()) as { count: number }).count : 0;
  }
});

afterAll(async () => {
  if (penstock) {
    const gone = new Promise((resolve) => penstock?.once("exit", resolve));
    penstock.kill();
    await gone;
  }
  if (dir) await rm(dir, { recursive: true });
});

test.runIf(program)("what is hostile in events is shown harmlessly, in the list and in every part of the detail", async () => {
  const { page, faults } = await open(`${url}/events?columns=host.name,process.name,process.command_line,sentence,summary&split=process.name`);
  await page.locator("[data-event]").nth(Object.keys(hostile).length - 1).waitFor();
  const list = await page.getByRole("grid", { name: "Events" }).innerText();
  expect(list).toContain("invoice\\u202egpj.exe");
  expect(list).not.toMatch(/[\u202e\u0000\u001b]/);
  expect(list).toContain("<img src=x");
  for (const row of await page.locator("[data-event]").all()) expect((await row.boundingBox())?.height).toBeLessThan(32);
  const ids = await page.locator("[data-event]").evaluateAll((all) => all.map((e) => e.getAttribute("data-event") ?? ""));
  const dialog = page.getByRole("dialog");
  for (const id of ids) {
    await page.goto(`${url}/events?event=${id}`);
    await dialog.getByRole("tabpanel").waitFor();
    const tabs = await dialog.getByRole("tab").all();
    expect(tabs.length).toBeGreaterThan(6);
    for (const tab of tabs) {
      await tab.click();
      await expect.poll(() => dialog.locator('[role="status"]').count(), { timeout: 30_000 }).toBe(0);
      expect(await dialog.innerText()).not.toMatch(/[\u202e\u0000\u001b]/);
    }
  }
  await page.goto(`${url}/events/timeline?${new URLSearchParams({ host: markup })}`);
  await page.locator("[data-event]").first().waitFor();
  expect(await page.locator("img[src=x]").count()).toBe(0);
  expect(await page.title()).not.toBe("broken");
  expect(faults).toEqual([]);
}, 240_000);

test.runIf(program)("a hostile value can be filtered for, and its formula does not leave in a spreadsheet", async () => {
  const { page } = await open(`${url}/events?columns=process.name,user.name`);

  const cell = page.locator('[data-event] [data-field="process.name"]').filter({ hasText: "u202e" });
  await cell.hover();
  await cell.getByRole("button", { name: /Filter for/ }).click();
  await expect.poll(() => page.locator("[data-event]").count()).toBe(1);
  const started = await fetch(`${url}/api/v1/exports`, {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ from: new Date(Date.now() - 3_600_000).toISOString(), to: new Date(Date.now() + 3_600_000).toISOString(), format: "csv", columns: ["user.name"] }),
  });
  const { id } = (await started.json()) as { id: number };
  await expect.poll(async () => (await fetch(`${url}/api/v1/exports/${id}/file`)).status).toBe(200);
  expect(await (await fetch(`${url}/api/v1/exports/${id}/file`)).text()).toContain("\"'=HYPERLINK(");
});

test.runIf(program)("what is hostile in the result of a hunt is shown harmlessly, in the table, a row, the statistics and a chart", async () => {
  const hunt = (query: string) => `${url}/hunting?${new URLSearchParams({ q: query })}`;
  const { page, faults } = await open(hunt("DeviceProcessEvents | project FileName, ProcessCommandLine, DeviceName, Bag = bag_pack(FileName, ProcessCommandLine), AccountName"));
  await page.locator("[data-result]").nth(Object.keys(hostile).length - 1).waitFor();
  const table = await page.getByRole("grid", { name: "Result" }).innerText();
  expect(table).toContain("invoice\\u202egpj.exe");
  expect(table).toContain("<img src=x");
  for (const row of await page.locator("[data-result]").all()) {
    expect((await row.boundingBox())?.height).toBeLessThan(32);
    await row.getByRole("rowheader").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("tab", { name: "JSON" }).click();
    expect(await dialog.innerText()).not.toMatch(/[\u202e\u0000\u001b]/);
    await page.keyboard.press("Escape");
  }
  await page.getByRole("button", { name: "Column FileName" }).click();
  await page.getByRole("menuitem", { name: "Statistics" }).click();
  expect(await page.getByRole("dialog").innerText()).not.toMatch(/[\u202e\u0000\u001b]/);
  await page.goto(hunt("DeviceProcessEvents | summarize count() by FileName | render piechart"));
  await page.getByRole("img", { name: /^Pie/ }).waitFor();
  expect(await page.locator("img[src=x]").count()).toBe(0);
  expect(await page.title()).not.toBe("broken");
  expect(faults).toEqual([]);
}, 120_000);
