import { expect, test } from "vitest";
import type { RuleExplanation } from "../../api/client";
import { candidatesOf, isIn, knownOf, prefilled, toggledIn } from "./candidates";

const leaf = (field: string, ...values: string[]) => ({ kind: "test", field, values, hits: [], holds: true });
const explanation = (...of: object[]) => ({ streams: [{ stream: "s", matches: true, condition: { kind: "and", values: [], hits: [], holds: true, of } }, { stream: "t", outside: "another table", condition: leaf("Other", "x") }] }) as unknown as RuleExplanation;
const record = (properties: object) => JSON.stringify({ category: "AdvancedHunting-DeviceProcessEvents", properties });

test("what the rule asks for comes first, then what tells most; what is nested, empty or endless is left out", () => {
  const a = knownOf(record({ ReportId: 5, DeviceName: "ws-1", FileName: "a.exe", Extra: { x: 1 }, Empty: "", Long: "x".repeat(3_000), None: null }), explanation(leaf("Image", "C:\\a.exe"), leaf("Image", "C:\\a.exe")));
  const b = knownOf(record({ ReportId: 6, DeviceName: "ws-1", FileName: "b.exe" }), explanation(leaf("Image", "C:\\b.exe"), leaf("User", "anna")));
  const list = candidatesOf([a, b]);
  expect(list.map((c) => [c.field, c.value, c.events])).toEqual([
    ["Image", "C:\\a.exe", 1], ["Image", "C:\\b.exe", 1], ["User", "anna", 1], ["DeviceName", "ws-1", 2], ["FileName", "a.exe", 1], ["FileName", "b.exe", 1], ["ReportId", "5", 1], ["ReportId", "6", 1],
  ]);
  expect(prefilled(list, 2)).toEqual([]);
  expect(prefilled(candidatesOf([a]), 1)).toEqual([{ field: "Image", op: "is", values: ["C:\\a.exe"] }]);
  expect(knownOf("no JSON", undefined)).toEqual({ fields: [], columns: [] });
});

test("a value is ticked into the exception and out of it; others of its field are alternatives", () => {
  const empty = [{ field: "Image", op: "is" as const, values: [] }];
  const one = toggledIn(empty, { field: "Image", value: "a" });
  expect(one).toEqual([{ field: "Image", op: "is", values: ["a"] }]);
  const two = toggledIn(toggledIn(one, { field: "Image", value: "b" }), { field: "User", value: "u" });
  expect(two).toEqual([{ field: "Image", op: "is", values: ["a", "b"] }, { field: "User", op: "is", values: ["u"] }]);
  expect(isIn(two, { field: "Image", value: "b" })).toBe(true);
  expect(toggledIn(toggledIn(two, { field: "Image", value: "b" }), { field: "User", value: "u" })).toEqual(one);
  expect(toggledIn(one, { field: "Image", value: "a" })).toEqual([]);
});
