import { expect, test } from "vitest";
import { violations } from "./axe";
import { browserForTests } from "./browser";

const open = browserForTests();

test("the intakes lead to their partitions and tables", async () => {
  const { page, faults } = await open("/intakes");
  await page.getByRole("region", { name: "Incidents" }).waitFor();
  await page.getByRole("region", { name: /^Intake / }).first().getByRole("link", { name: /^Details of / }).click();
  await page.getByRole("columnheader", { name: "Runway" }).first().waitFor();
  await page.getByRole("region", { name: "Tables", exact: true }).getByText("DeviceProcessEvents").waitFor();
  expect(faults).toEqual([]);
});

test("a format whose folder is broken is told of, beside those that work", async () => {
  const { page, faults } = await open("/home");
  await page.route(/\/api\/v1\/formats$/, async (route) => {
    const answer = await route.fetch();
    const broken = [{ id: "acme", folder: "/formats/acme", hint: "Mend it.", mistakes: [{ file: "/formats/acme/format.yaml", line: 3, column: 1, message: "unknown key" }] }];
    await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), broken } });
  });
  await page.goto(new URL("/formats", page.url()).href);
  await page.getByRole("alert").filter({ hasText: "The format acme cannot be used" }).getByText("/formats/acme/format.yaml:3").waitFor();
  await page.getByRole("region", { name: "Format Microsoft Defender XDR" }).waitFor();
  expect(await violations(page)).toEqual([]);
  expect(faults).toEqual([]);
});

test("a format is found, with its fields, samples before and after, rules and techniques", async () => {
  const { page, faults } = await open("/formats");
  await page.getByRole("textbox", { name: "Search formats" }).fill("DeviceProcessEvents");
  await page.getByRole("region", { name: "Format Microsoft Defender XDR" }).getByRole("link", { name: "Microsoft Defender XDR" }).click();
  await page.getByRole("region", { name: "Tables" }).getByText("UrlClickEvents").waitFor();
  const parts = page.getByRole("navigation", { name: "Parts of the format" });
  const wanted = page.getByRole("textbox", { name: "Search in this part" });
  await parts.getByRole("link", { name: "Fields" }).click();
  await wanted.fill("RemoteUrl");
  await page.getByRole("region", { name: "Columns of records" }).getByText("Name or URL on the other side").waitFor();
  await wanted.fill("process.parent.name");
  await page.getByText("Fields of events", { exact: true }).click();
  await page.getByRole("region", { name: "Fields of events" }).getByText("process.parent.name").waitFor();
  await wanted.fill("");
  await parts.getByRole("link", { name: "Smart descriptions" }).click();
  await wanted.fill("connected to");
  await page.getByRole("region", { name: "Smart descriptions" }).getByText(/connected to/).first().waitFor();
  await wanted.fill("");
  await parts.getByRole("link", { name: /^Rules/ }).click();
  await page.getByRole("region", { name: "Rules that apply" }).getByText("builtin").first().waitFor();
  await parts.getByRole("link", { name: "ATT&CK" }).click();
  await page.getByRole("region", { name: "Techniques" }).getByRole("link", { name: /^T\d/ }).first().waitFor();
  await parts.getByRole("link", { name: "Tables" }).click();
  await page.getByRole("link", { name: "EmailEvents" }).click();
  await page.getByRole("region", { name: /^Sample: / }).first().getByText("email.subject").waitFor();
  expect(faults).toEqual([]);
});

test("the ledger gives its verdict, the clocks theirs", async () => {
  const { page, faults } = await open("/trust");
  await page.getByRole("region", { name: "Ledger" }).getByText("Verdict").waitFor();
  await page.getByRole("region", { name: "Latency" }).waitFor();
  expect(faults).toEqual([]);
});

test("the quarantine opens", async () => {
  const { page, faults } = await open("/quarantine");
  await page.getByRole("heading", { name: "Quarantine", exact: true }).waitFor();
  await page.getByText(/The quarantine is empty|Read$/).first().waitFor();
  expect(faults).toEqual([]);
});

test("about tells the version, what is stored, and the licences of what it is made of", async () => {
  const { page, faults } = await open("/about");
  await page.getByRole("region", { name: "Lake" }).getByText("On disk").first().waitFor();
  const licences = page.getByRole("region", { name: "Licences" });
  await licences.locator('[data-component="react"]').getByText("MIT").waitFor();
  const module = licences.locator('[data-component="github.com/spf13/cobra"]');
  await module.getByText("program").waitFor();
  await licences.getByRole("textbox", { name: "Find a component" }).fill("react");
  await expect.poll(() => module.count()).toBe(0);
  await licences.getByRole("button", { name: "Licence of react", exact: true }).click();
  await page.getByRole("dialog").getByText(/Permission is hereby granted/).waitFor();
  expect(faults).toEqual([]);
});

test("an address of no page says so", async () => {
  const { page } = await open("/nowhere");
  await page.getByText("There is no such page").waitFor();
});

test("times switch between the local zone and UTC", async () => {
  const { page } = await open("/about");
  const started = page.getByRole("region", { name: "Program" }).locator("time");
  const local = await started.innerText();
  await page.getByText("UTC", { exact: true }).click();
  await expect.poll(() => started.innerText()).not.toBe(local);
});

test("the way from an empty subscription to events is walked: its size, the deployment, the ID that Defender wants", async () => {
  const { page, faults } = await open("/intakes");
  await page.getByRole("link", { name: "Set up with Azure" }).click();
  await page.getByRole("textbox", { name: "Project" }).fill("contoso");
  await page.getByRole("button", { name: "Say how large" }).click();
  await page.getByRole("region", { name: "Plan" }).getByText(/throughput units/).first().waitFor();
  await page.getByRole("region", { name: "Make the Event Hub and the storage" }).getByText("contosoehns").first().waitFor();
  await page.getByRole("checkbox", { name: "Each table gets a hub of its own" }).check();
  await page.getByRole("button", { name: "Say how large" }).click();
  await page.getByRole("region", { name: "Make the Event Hub and the storage" }).getByText(/insights-logs-advancedhunting-deviceprocessevents/).first().waitFor();
  await page.getByText("Bicep", { exact: true }).click();
  await page.getByRole("button", { name: /\.bicep$/, exact: false }).first().waitFor();
  await page.getByRole("textbox", { name: "Resource ID" }).fill("/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/r/providers/Microsoft.EventHub/namespaces/contosoehns/eventhubs/contosoeh");
  await page.getByRole("button", { name: "Check it" }).click();
  await page.getByText("It would be").waitFor();
  await page.getByRole("checkbox", { name: "Done: Say how large it must be" }).check();
  await page.getByText("1 of 7 steps are done").waitFor();
  expect(await violations(page)).toEqual([]);
  expect(faults).toEqual([]);
});
