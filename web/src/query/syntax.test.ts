import { expect, test } from "vitest";
import { completionAt, literal, offsetOf, tokens, withFilter } from "./syntax";

test("tokens know fields, keywords, operators, strings and values", () => {
  const q = 'host.name: ws-* and not process.pid >= 4 or "a \\"b\\""';
  expect(tokens(q).map((t) => [t.kind, q.slice(t.from, t.to)])).toEqual([
    ["field", "host.name"], ["operator", ":"], ["value", "ws-*"], ["keyword", "and"], ["keyword", "not"],
    ["field", "process.pid"], ["operator", ">="], ["value", "4"], ["keyword", "or"], ["string", '"a \\"b\\""'],
  ]);
});

test.each([
  ["", { kind: "field", from: 0, text: "" }],
  ["hos", { kind: "field", from: 0, text: "hos" }],
  ["a: b and hos", { kind: "field", from: 9, text: "hos" }],
  ["host.name:", { kind: "value", from: 10, text: "", field: "host.name" }],
  ["host.name: w", { kind: "value", from: 11, text: "w", field: "host.name" }],
  ['host.name: "w s', { kind: "value", from: 11, text: "w s", field: "host.name" }],
  ["user.name: (system or ro", { kind: "value", from: 22, text: "ro", field: "user.name" }],
  ["(user.name: x or ro", { kind: "field", from: 17, text: "ro" }],
  ["process.pid > 4", { kind: "value", from: 14, text: "4", field: "process.pid" }],
  ['host.name: "done"', undefined],
])("completion at the end of %j", (query, want) => {
  expect(completionAt(query, query.length)).toEqual(want);
});

test.each([
  ["ws-01", "ws-01"],
  ["10.0.0.1", "10.0.0.1"],
  ["a b", '"a b"'],
  ["and", '"and"'],
  ["ws-*", '"ws-*"'],
  ['C:\\x "y"', '"C:\\\\x \\"y\\""'],
])("the value %j is written %s", (value, want) => {
  expect(literal(value)).toBe(want);
});

test.each([
  ["", true, "f: v"],
  ["", false, "not f: v"],
  ["a: b", true, "a: b and f: v"],
  ["a: b and f: v", false, "a: b and not f: v"],
  ["a: b and not f: v", true, "a: b and f: v"],
  ["f: v", true, "f: v"],
  ["a: b or c: d", true, "(a: b or c: d) and f: v"],
  ["a: (b or c)", false, "a: (b or c) and not f: v"],
])("filter on %j, wanted %s", (query, wanted, want) => {
  expect(withFilter(query, "f", "v", wanted)).toBe(want);
});

test("columns count characters, not UTF-16 units", () => {
  expect(offsetOf("a😀b", 3)).toBe(3);
  expect(offsetOf("abc", 1)).toBe(0);
});
