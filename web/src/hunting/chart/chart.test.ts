import { expect, test } from "vitest";
import { chartOf, kindOf, mostSeries } from "./choose";
import type { Kind } from "./choose";
import { optionOf } from "./option";

const column = (written: string) => ({ name: written.split(":")[0] ?? "", type: written.split(":")[1] ?? "" });
const columns = (...all: string[]) => all.map(column);
const chart = (kind: Kind, cols: string[], rows: unknown[][], properties: Record<string, string> = {}) => chartOf(columns(...cols), rows, kind, { kind, properties }, "utc");

test.each([
  [["a:string", "n:long"], "piechart", "piechart"], [["a:string", "n:long"], "ladder", undefined], [["a:string", "n:long"], "table", undefined], [["t:datetime", "n:long"], undefined, "timechart"],
  [["a:string", "n:long"], undefined, "columnchart"], [["a:string"], undefined, undefined], [["n:long"], undefined, "card"], [["t:datetime", "n:long"], "anomalychart", "timechart"],
])("%j with render %s is drawn as %s", (cols, render, want) => {
  expect(kindOf(columns(...cols), render ? { kind: render, properties: {} } : undefined).kind).toBe(want);
});

test("what is drawn otherwise than asked is told", () => {
  expect(kindOf([], { kind: "ladder", properties: {} }).note).toMatch(/ladder/);
  expect(kindOf([], { kind: "timechart", properties: {} }).note).toBeUndefined();
});

test("a timechart has the moment along the axis and a series for each name", () => {
  const c = chart("timechart", ["Who:string", "At:datetime", "count_:long"], [["b", "2026-01-01T01:00:00Z", 2], ["a", "2026-01-01T00:00:00Z", 1], ["b", "2026-01-01T00:00:00Z", 3]]);
  expect([c?.axis, c?.x, c?.y]).toEqual(["time", "At", "count_"]);
  const first = Date.parse("2026-01-01T00:00:00Z");
  expect(c?.series).toEqual([{ name: "b", points: [[first, 3], [first + 3_600_000, 2]] }, { name: "a", points: [[first, 1]] }]);
});

test("several measures are several series", () => {
  expect(chart("timechart", ["At:datetime", "Allowed:long", "Blocked:long"], [["2026-01-01T00:00:00Z", 1, 2]])?.series.map((s) => s.name)).toEqual(["Allowed", "Blocked"]);
});

test("columns stand at their names; a second name tells series apart", () => {
  const c = chart("columnchart", ["Domain:string", "Account:string", "n:long"], [["x", "a", 1], ["y", "b", 2], ["x", "b", 3]]);
  expect([c?.categories, c?.series]).toEqual([["x", "y"], [{ name: "a", points: [[0, 1]] }, { name: "b", points: [[1, 2], [0, 3]] }]]);
});

test("a column of numbers first is what columns stand at", () => {
  const c = chart("columnchart", ["Days:long", "Accounts:long"], [[1, 10], [2, 20]], { xtitle: "Days since", ytitle: "Total" });
  expect([c?.x, c?.y]).toEqual(["Days since", "Total"]);
});

test("properties of render say which column is what", () => {
  const c = chart("linechart", ["a:long", "b:long", "c:string", "d:string"], [[1, 2, "x", "y"]], { xcolumn: "b", ycolumns: "a", series: "d" });
  expect(c?.series).toEqual([{ name: "y", points: [[2, 1]] }]);
});

test("a pie has its largest slices and the others together", () => {
  const c = chart("piechart", ["a:string", "n:long"], Array.from({ length: 40 }, (_, i) => [`s${i}`, i]));
  expect([c?.categories.length, c?.categories[0], c?.categories.at(-1)]).toEqual([16, "s39", "25 others"]);
});

test("stacked series stand at every place; shares add up to a hundred", () => {
  const rows = [["2026-01-01T00:00:00Z", "a", 1], ["2026-01-01T00:00:00Z", "b", 3], ["2026-01-02T00:00:00Z", "b", 2]];
  const c = chart("areachart", ["t:datetime", "who:string", "n:long"], rows, { kind: "stacked100" });
  expect(c?.series.map((s) => s.points.map(([, y]) => y))).toEqual([[25, 0], [75, 100]]);
});

test("lists of make-series are spread over the axis", () => {
  const c = chart("timechart", ["who:string", "n:dynamic", "At:dynamic"], [["a", [1, 2], ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]]]);
  expect([c?.axis, c?.series]).toEqual(["time", [{ name: "a", points: [[Date.parse("2026-01-01T00:00:00Z"), 1], [Date.parse("2026-01-02T00:00:00Z"), 2]] }]]);
});

test("what is too much is left out and told", () => {
  const c = chart("timechart", ["t:datetime", "who:string", "n:long"], Array.from({ length: 100 }, (_, i) => ["2026-01-01T00:00:00Z", `w${i}`, i]));
  expect([c?.series.length, c?.notes]).toEqual([mostSeries, [`${100 - mostSeries} more series are in the table alone.`]]);
});

test("without numbers there is nothing to draw", () => {
  expect(chart("columnchart", ["a:string"], [["x"]])).toBeUndefined();
});

test("nothing in a name can disguise what it says", () => {
  const c = chart("columnchart", ["a:string", "n:long"], [["a\u202eb", 1]], { title: "t\u0000" });
  const option = c && optionOf(c, "utc", false);
  expect(JSON.stringify(option?.title)).toContain("t\\\\u0000");
  const axis = option?.xAxis as { axisLabel: { formatter: (n: string) => string } };
  expect(axis.axisLabel.formatter("a\u202eb")).toBe("a\\u202eb");
});
