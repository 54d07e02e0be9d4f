import { expect, test } from "vitest";
import { csvOf, tsvOf } from "./csv";
import { arrangedLayout, arrangementOf, freshLayout, moveColumn, sortBy, toggleColumn, widthsOf, withRowFilter } from "./layout";
import { orderOf } from "./order";
import { eventSearch, eventsPath, searchOf } from "./pivot";
import { statisticsOf } from "./statistics";
import { treeOf } from "./Tree";
import { measure, secondsOf, shown } from "./values";

const columns = [{ name: "Name", type: "string" }, { name: "N", type: "long" }, { name: "At", type: "datetime" }, { name: "More", type: "dynamic" }];
const rows: unknown[][] = [
  ["b10", 2, "2026-01-02T00:00:00Z", { a: 1 }],
  ["B2", null, "2026-01-01T00:00:00Z", null],
  ["a", "9007199254740993", null, [1]],
  ["", 2, "2026-01-03T00:00:00.5Z", "x"],
];
const all = new Uint32Array([0, 1, 2, 3]);
const order = (...args: [Parameters<typeof orderOf>[2], Parameters<typeof orderOf>[3]]) => [...orderOf(rows, columns, ...args)];

test("rows are sorted by the type of the column, what is empty last either way", () => {
  expect(order([], { column: 0, descending: false })).toEqual([2, 0, 1, 3]);
  expect(order([], { column: 0, descending: true })).toEqual([1, 0, 2, 3]);
  expect(order([], { column: 1, descending: false })).toEqual([0, 3, 2, 1]);
  expect(order([], { column: 1, descending: true })).toEqual([2, 0, 3, 1]);
  expect(order([], { column: 2, descending: true })).toEqual([3, 0, 1, 2]);
});

test.each([
  ["contains", 0, "B", [0, 1]], ["!contains", 0, "b", [2, 3]], ["is", 0, "b10", [0]], ["!is", 0, "", [0, 1, 2]], [">", 1, "2", [2]], ["<", 1, "3", [0, 3]], ["empty", 2, "", [2]], ["!empty", 3, "", [0, 2, 3]],
  ["<", 2, "2026-01-02", [1]], ["contains", 3, '"a":1', [0]],
] as const)("rows whose column %s", (test, column, value, want) => {
  expect(order([{ column, test, value }], undefined)).toEqual(want);
});

test("a hundred thousand rows are sorted and filtered in no time that one would notice", () => {
  const many = Array.from({ length: 100_000 }, (_, i) => [`name ${(i * 7919) % 100_000}`, i, null, null]);
  expect(orderOf(many, columns, [{ column: 0, test: "contains", value: "9" }], { column: 0, descending: false }).length).toBeGreaterThan(30_000);
});

test("a column is described by what it holds", () => {
  const n = statisticsOf(rows, all, 1, "long");
  expect([n.rows, n.empty, n.distinct, n.least, n.most, n.top[0]]).toEqual([4, 1, 2, 2, "9007199254740993", { value: 2, rows: 2 }]);
  const at = statisticsOf(rows, all, 2, "datetime");
  expect([at.least, at.most, at.mean]).toEqual(["2026-01-01T00:00:00Z", "2026-01-03T00:00:00.5Z", undefined]);
  expect(statisticsOf(rows, new Uint32Array(), 0, "string")).toEqual({ rows: 0, empty: 0, distinct: 0, top: [] });
});

test("files and the clipboard have what is shown, and no formulas", () => {
  const odd = [["=1+1", -5, 'say "x", y', "a\tb\nc"]];
  expect(csvOf(columns, [0, 1, 2], odd, new Uint32Array([0]))).toBe('Name,N,At\r\n\'=1+1,-5,"say ""x"", y"\r\n');
  expect(tsvOf(columns, [3, 1], odd, [0])).toBe("More\tN\na b c\t-5");
});

test("columns are hidden, shown again at their place, moved and sorted by", () => {
  const l = freshLayout(columns);
  const hidden = toggleColumn(l, 1);
  expect(hidden.shown).toEqual([0, 2, 3]);
  expect(toggleColumn(hidden, 1).shown).toEqual([0, 1, 2, 3]);
  expect(toggleColumn({ ...l, shown: [2] }, 2).shown).toEqual([2]);
  expect(moveColumn(l, 3, 0).shown).toEqual([3, 0, 1, 2]);
  expect([sortBy(l, 1).sort, sortBy(sortBy(l, 1), 1).sort, sortBy(sortBy(sortBy(l, 1), 1), 1).sort]).toEqual([{ column: 1, descending: false }, { column: 1, descending: true }, undefined]);
  const filtered = withRowFilter(withRowFilter(l, { column: 0, test: "is", value: "a" }), { column: 0, test: "is", value: "a" });
  expect(filtered.filters.length).toBe(1);
});

test("columns are as wide as their names and values want, within bounds", () => {
  const [name, n] = widthsOf(columns, [["x".repeat(100_000), 1, "", ""]]);
  expect(name).toBeLessThan(400);
  expect(n).toBeLessThan(110);
});

test("values are shown in the reader's zone and cannot disguise themselves", () => {
  expect(shown("2026-01-02T03:04:05.0070000Z", "datetime", "utc")).toBe("2026-01-02 03:04:05.007");
  expect(shown("a\u202eb\u0000", "string", "utc")).toBe("a\\u202eb\\u0000");
  expect(shown("A".repeat(100_000), "string", "utc").length).toBe(400);
  expect(shown({ a: "<b>" }, "dynamic", "utc")).toBe('{"a":"<b>"}');
  expect(shown(null, "long", "utc")).toBe("");
});

test("time spans and numbers beyond those of JavaScript are measured", () => {
  expect([secondsOf("1.02:03:04.5"), secondsOf("-00:00:01"), secondsOf("soon")]).toEqual([93_784.5, -1, undefined]);
  expect([measure("Infinity", "real"), measure("NaN", "real"), measure("12.50", "decimal"), measure(true, "bool")]).toEqual([Infinity, undefined, 12.5, 1]);
});

test("what is dynamic, or JSON as text, is a tree", () => {
  expect(treeOf('{"a":[1]}')).toEqual({ a: [1] });
  expect([treeOf("{broken"), treeOf("text"), treeOf(5), treeOf(null)]).toEqual([undefined, undefined, undefined, undefined]);
});

test.each([
  ["DeviceName", "ws-1", "host.name: ws-1"],
  ["RemoteIP", "10.0.0.1", "related.ip: 10.0.0.1 or host.ip: 10.0.0.1"],
  ["AlertId", "da637", "microsoft.defender.alert.id: da637"],
  ["ProcessCommandLine", 'cmd /c "x"', '"cmd /c \\"x\\""'],
  ["Count", 5, undefined],
  ["FileName", "--", undefined],
])("%s %j leads to %s", (column, value, want) => {
  expect(searchOf(column, value)).toBe(want);
});

test("a row leads to the events of its day, or to the very event that it is", () => {
  const c = [{ name: "Timestamp", type: "datetime" }, { name: "DeviceId", type: "string" }, { name: "ReportId", type: "long" }];
  const row = ["2026-01-02T12:00:00Z", "d-1", 77];
  expect(eventSearch(c, row)).toEqual({ q: "microsoft.defender.report.id: 77 and host.id: d-1", from: "2026-01-02T11:59:59.000Z", to: "2026-01-02T12:00:01.000Z" });
  expect(eventSearch(c, ["", "d-1", 77])).toBeUndefined();
  expect(eventsPath(c, row, 1, { from: "a", to: "b" })).toBe("/events?q=host.id%3A+d-1&from=2026-01-01T12%3A00%3A00.000Z&to=2026-01-03T12%3A00%3A00.000Z");
  expect(eventsPath([{ name: "DeviceId", type: "string" }], ["d-1"], 0, { from: "a", to: "b" })).toBe("/events?q=host.id%3A+d-1&from=a&to=b");
});

test("an address lays a table out as it was, as far as the result has the columns", () => {
  const fresh = freshLayout(columns);
  expect(arrangementOf(fresh, columns)).toBeUndefined();
  expect(arrangedLayout(columns, undefined)).toEqual(fresh);
  const set = sortBy(moveColumn(toggleColumn(fresh, 1), 3, 0), 2);
  const arranged = arrangementOf(set, columns);
  expect(arranged).toEqual({ columns: ["More", "Name", "At"], sort: { column: "At", descending: false } });
  expect(arrangedLayout(columns, arranged)).toEqual(set);
  expect(arrangedLayout(columns, { columns: ["Gone", "N", "N"], sort: { column: "Gone", descending: true } })).toEqual({ ...fresh, shown: [1] });
});
