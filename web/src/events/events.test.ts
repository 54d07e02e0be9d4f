import { expect, test } from "vitest";
import { columnsOf, moved, resized, toggled, written } from "./columns";
import { flatten, summary, valuesOf, visible } from "./document";
import { PageBook } from "./pages";
import { pivotOf, timelineOf } from "./pivot";
import { rowsOf } from "./timeline";
import { branches } from "./tree";
import { readView, shareable, writeView } from "./view";

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
    query: 'host.name: "a b" & c', range: { from: "2026-01-01T00:00:00.000Z", to: "now-1h" }, columns: [{ name: "host.name", width: 180 }, { name: "user.name" }],
    split: "", live: true, event: "ab".repeat(16), tab: "record" as const,
  };
  expect(readView(new URLSearchParams(writeView(view).toString()))).toEqual(view);
});

test("the usual view has a bare address", () => {
  expect(writeView(readView(new URLSearchParams())).toString()).toBe("");
});

test("columns are read as they were written, each once", () => {
  const columns = columnsOf(["host.name~180", "user.name", "host.name", "a~b", "x~9", ""]);
  expect(columns).toEqual([{ name: "host.name", width: 180 }, { name: "user.name" }, { name: "a~b" }, { name: "x", width: 60 }]);
  expect(written(columns)).toEqual(["host.name~180", "user.name", "a~b", "x~60"]);
});

test("columns are added before the sentence, removed, moved and made wider", () => {
  const columns = columnsOf(["a", "b", "sentence"]);
  expect(written(toggled(columns, "c"))).toEqual(["a", "b", "c", "sentence"]);
  expect(written(toggled(columns, "a"))).toEqual(["b", "sentence"]);
  expect(written(toggled(columnsOf(["a"]), "a"))).toEqual(["a"]);
  expect(written(moved(columns, "a", 2))).toEqual(["b", "sentence", "a"]);
  expect(written(moved(columns, "sentence", -1))).toEqual(["sentence", "a", "b"]);
  expect(written(moved(columns, "absent", 0))).toEqual(["a", "b", "sentence"]);
  expect(written(resized(columns, "b", 5000))).toEqual(["a", "b~1600", "sentence"]);
});

test("an address for others names the columns where those of this browser are its own", () => {
  const usual = columnsOf(["host.name"]);
  const view = readView(new URLSearchParams(), usual);
  expect(view.columns).toEqual(usual);
  expect(writeView(view, usual).toString()).toBe("");
  expect(shareable(view, usual).get("columns")).toBe("host.name");
});

test("the book of pages finds rows, and knows which pages are wanted", () => {
  const book = new PageBook();
  expect([book.rows, book.more, book.wanted(0, 0, 60)]).toEqual([0, true, [0]]);
  book.learn(0, 200, "second");
  book.learn(1, 199, "third"); // one event of it could not be read
  expect([book.rows, book.more, book.cursor(2)]).toEqual([399, true, "third"]);
  expect([book.find(0), book.find(199), book.find(200), book.find(398), book.find(399)]).toEqual([
    { page: 0, offset: 0 }, { page: 0, offset: 199 }, { page: 1, offset: 0 }, { page: 1, offset: 198 }, undefined,
  ]);
  expect(book.wanted(10, 40, 60)).toEqual([0]);
  expect(book.wanted(190, 230, 60)).toEqual([0, 1]);
  expect(book.wanted(320, 360, 60)).toEqual([1, 2]);
  book.learn(2, 3, undefined);
  book.learn(2, 99, "again");
  expect([book.rows, book.more]).toEqual([402, false]);
});

test("a book of a million rows is quick to look things up in", () => {
  const book = new PageBook();
  for (let page = 0; page < 5000; page++) book.learn(page, 200, String(page + 1));
  expect(book.rows).toBe(1_000_000);
  expect(book.find(999_999)).toEqual({ page: 4999, offset: 199 });
});

test.each([
  ["host.name", "ws-1", "host.name: ws-1"],
  ["user.name", "ada b", 'user.name: "ada b" or process.user.name: "ada b"'],
  ["source.ip", "10.0.0.1", "related.ip: 10.0.0.1 or host.ip: 10.0.0.1"],
  ["process.parent.hash.sha256", "ab", "related.hash: ab"],
  ["process.pid", 7, "host.name: ws-9 and (process.pid: 7 or process.parent.pid: 7)"],
  ["process.parent.name", "a.exe", "process.name: a.exe or process.parent.name: a.exe"],
  ["event.action", "x", undefined],
  ["host.name", "x".repeat(500), undefined],
])("%s %s leads on to %s", (field, value, query) => {
  expect(pivotOf(field, value, "ws-9")?.query).toBe(query);
});

test("only hosts and users have a timeline", () => {
  expect(timelineOf("host.name", "ws-1", "2026-01-01T00:00:00Z")).toBe("/events/timeline?host=ws-1&at=2026-01-01T00%3A00%3A00Z");
  expect(timelineOf("process.user.name", "corp\\a")).toBe("/events/timeline?user=corp%5Ca");
  expect(timelineOf("process.name", "a.exe")).toBeUndefined();
});

test("processes stand under the one that started them", () => {
  const tree = branches([{ id: "a", pid: 1 }, { id: "b", pid: 2, parent: "a" }, { id: "c", pid: 3, parent: "b" }, { id: "d", pid: 4, parent: "gone" }, { id: "e", pid: 5, parent: "e" }]);
  expect(tree.map((b) => b.process.id)).toEqual(["a", "d", "e"]);
  expect(tree[0]?.children[0]?.children[0]?.process.id).toBe("c");
});

test("each day of a timeline is named before its first event", () => {
  const event = (time: string) => ({ id: time, table: "T", time, document: {}, sentence: { text: "", parts: [] } });
  expect(rowsOf([event("2026-01-02T01:00:00Z"), event("2026-01-01T23:00:00Z"), event("2026-01-01T22:00:00Z")], "utc").map((r) => (typeof r === "string" ? r : r.id))).toEqual([
    "2026-01-02", "2026-01-02T01:00:00Z", "2026-01-01", "2026-01-01T23:00:00Z", "2026-01-01T22:00:00Z",
  ]);
});
