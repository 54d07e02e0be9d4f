import { expect, test } from "vitest";
import { flatten, summary, valuesOf, visible } from "./document";
import { readView, writeView } from "./view";

const document = {
  host: { name: "ws-1", ip: ["10.0.0.1", "10.0.0.2"] },
  threat: { enrichments: [{ indicator: { ip: "1.1.1.1" } }, { indicator: { ip: "2.2.2.2" } }] },
  "dotted.key": { x: true },
  process: { name: "cmd.exe", command_line: "cmd /c" },
};

test("flatten gives dotted names in order, with all values", () => {
  expect(flatten(document)).toEqual([
    { name: "dotted.key.x", values: [true] },
    { name: "host.ip", values: ["10.0.0.1", "10.0.0.2"] },
    { name: "host.name", values: ["ws-1"] },
    { name: "process.command_line", values: ["cmd /c"] },
    { name: "process.name", values: ["cmd.exe"] },
    { name: "threat.enrichments.indicator.ip", values: ["1.1.1.1", "2.2.2.2"] },
  ]);
});

test.each([
  ["host.ip", ["10.0.0.1", "10.0.0.2"]],
  ["threat.enrichments.indicator.ip", ["1.1.1.1", "2.2.2.2"]],
  ["dotted.key.x", [true]],
  ["host.absent", []],
  ["host.name.more", []],
])("values of %s", (name, want) => {
  expect(valuesOf(document, name)).toEqual(want);
});

test("a summary takes the most telling fields", () => {
  expect(summary({ event: { action: "ProcessCreated" }, ...document }).map((f) => f.name)).toEqual(["event.action", "process.command_line", "process.name"]);
});

test("values cannot disguise themselves", () => {
  expect(visible("a\u202eb\u0000c")).toBe("a\\u202eb\\u0000c");
  expect(visible("tab\tand\nline")).toBe("tab\tand\nline");
});

test("an address reproduces its view", () => {
  const view = {
    query: 'host.name: "a b" & c', range: { from: "2026-01-01T00:00:00.000Z", to: "now-1h" }, columns: ["host.name", "user.name"],
    split: "", live: true, event: "ab".repeat(16), tab: "record" as const,
  };
  expect(readView(new URLSearchParams(writeView(view).toString()))).toEqual(view);
});

test("the usual view has a bare address", () => {
  expect(writeView(readView(new URLSearchParams())).toString()).toBe("");
});
