import { StringStream } from "@codemirror/language";
import { expect, test } from "vitest";
import { completeLocally, replacementOf } from "./complete";
import { token } from "./kql";
import { pieceAt, pieces } from "./pieces";

const texts = (text: string) => pieces(text).map((p) => p.text);

test.each([
  ["two queries apart by a blank line", "A | take 1\n\nB | take 2", ["A | take 1", "B | take 2"]],
  ["blank lines with spaces, and several of them", "A\n  \n\t\n\nB", ["A", "B"]],
  ["a let needs what follows it", "let x = 1;\n\nA | where b == x", ["let x = 1;\n\nA | where b == x"]],
  ["several lets with comments between", "let x = 1;\n\n// why\nlet y = 2;\n\nA", ["let x = 1;\n\n// why\nlet y = 2;\n\nA"]],
  ["a query that ends with a semicolon is a query", "A | take 1;\n\nB", ["A | take 1;", "B"]],
  ["a let, its query with a semicolon, and another query", "let x = 1;\nA | where b == x;\n\nB", ["let x = 1;\nA | where b == x;", "B"]],
  ["a bar goes on with what came before", "A\n\n| take 1", ["A\n\n| take 1"]],
  ["within brackets nothing parts", "A | where b in (\n\n1,\n\n2)\n\nB", ["A | where b in (\n\n1,\n\n2)", "B"]],
  ["a bracket within a string is a letter", 'A | where b == "("\n\nB', ['A | where b == "("', "B"]],
  ["a string over several lines is one", "print ```a\n\nb```\n\nB", ["print ```a\n\nb```", "B"]],
  ["a comment belongs to what follows", "// first\n\nA\n\n// second\nB", ["// first\n\nA", "// second\nB"]],
  ["Windows line ends", "A\r\n\r\nB", ["A", "B"]],
  ["nothing", " \n\n ", []],
])("pieces: %s", (_, text, want) => {
  expect(texts(text)).toEqual(want);
});

test("the query at the cursor is the one that it stands in or behind", () => {
  const text = "A | take 1\n\nB | take 2\n\n";
  expect(pieceAt(text, 3)?.text).toBe("A | take 1");
  expect(pieceAt(text, 14)?.text).toBe("B | take 2");
  expect(pieceAt(text, text.length)).toEqual({ from: 12, to: 22, text: "B | take 2" });
  expect(pieceAt("\n\nA", 0)?.text).toBe("A");
  expect(pieceAt("", 0)).toBeUndefined();
});

function kinds(...lines: string[]): [string, string][] {
  const state = { fence: "" };
  const found: [string, string][] = [];
  for (const line of lines) {
    const stream = new StringStream(line, 4, 4);
    while (!stream.eol()) {
      const start = stream.pos;
      const kind = token(stream, state, new Set(["DeviceEvents"]));
      expect(stream.pos).toBeGreaterThan(start);
      if (kind) found.push([kind, line.slice(start, stream.pos)]);
    }
  }
  return found;
}

test("tables, operators, functions, strings, numbers and comments have their colours", () => {
  expect(kinds('DeviceEvents | where Timestamp > ago(1.5h) and X !in~ (@"a\\", \'b\\\'c\') // why')).toEqual([
    ["typeName", "DeviceEvents"], ["operator", "|"], ["keyword", "where"], ["operator", ">"], ["function", "ago"], ["number", "1.5h"], ["keyword", "and"], ["keyword", "!in~"], ["string", '@"a\\"'], ["operator", ","],
    ["string", "'b\\'c'"], ["comment", "// why"],
  ]);
  expect(kinds("| mv-expand A to typeof(string) | summarize count() by bin(datetime(2026-01-02), 0x1F)")).toEqual([
    ["operator", "|"], ["keyword", "mv-expand"], ["keyword", "to"], ["keyword", "typeof"], ["atom", "string"], ["operator", "|"], ["keyword", "summarize"], ["function", "count"], ["keyword", "by"], ["function", "bin"],
    ["number", "datetime(2026-01-02)"], ["operator", ","], ["number", "0x1F"],
  ]);
});

test("a string may go over several lines", () => {
  expect(kinds("print ```a | where", "b``` | take 1").map(([k]) => k)).toEqual(["keyword", "string", "string", "operator", "keyword", "number"]);
});

test("whatever is written, the tokeniser comes to its end", () => {
  for (const text of ['"', "'", "@", "h@", "```", "~", "\\", "\u202e", "1.", "..", "!", "😀", "datetime(", "a-b", "_x$"]) kinds(text, `${text} ${text}`);
});

const schema = [
  { name: "DeviceEvents", rows: 1, columns: [{ name: "DeviceName", type: "string" }, { name: "ActionType", type: "string" }] },
  { name: "EmailEvents", rows: 0, columns: [{ name: "Subject", type: "string" }] },
];
const labels = (query: string) => completeLocally(query, query.length, schema)?.items.map((i) => i.label);

test("without the server tables, their columns, operators and functions are offered", () => {
  expect(labels("Dev")).toContain("EmailEvents");
  expect(labels("DeviceEvents | ")).toContain("mv-expand");
  expect(labels("DeviceEvents | where ")).toEqual(expect.arrayContaining(["DeviceName", "ActionType", "ago"]));
  expect(labels("DeviceEvents | where ")).not.toContain("Subject");
  expect(completeLocally("DeviceEvents | mv-ex", 20, schema)?.from).toBe(15);
});

test("nothing is offered within strings and comments", () => {
  expect(labels('DeviceEvents | where DeviceName == "D')).toBeUndefined();
  expect(labels("DeviceEvents // D")).toBeUndefined();
  expect(labels('DeviceEvents | where DeviceName == "x" and A')).toContain("ActionType");
});

test.each([
  ["did you mean InitiatingProcessFileName?", "InitiatingProcessFileName"],
  ["did you mean \"mv-expand\"?", "mv-expand"],
  ["use =~ instead", "=~"],
  ["columns are DeviceName, ActionType", undefined],
  [undefined, undefined],
])("the hint %j proposes %j", (hint, want) => {
  expect(replacementOf(hint)).toBe(want);
});
