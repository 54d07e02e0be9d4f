import { Text } from "@codemirror/state";
import { expect, test } from "vitest";
import { diagnosticsOf } from "./codemirror";
import { copyOf, logsourceOf, optionsAt, placeAt, selectionsOf, template } from "./sigma";
import type { Vocabulary } from "./sigma";

const rule = `title: A
logsource:
    category: process_creation
    product: windows # only there
detection:
    selection:
        Image|endswith: '\\x.exe'
        CommandLine:
            - a
    other:
        - User: b
    condition: selection
level: high
`;

const words: Vocabulary = {
  logsources: [
    { categories: ["process_creation"], products: ["", "windows"], services: [], tables: ["DeviceProcessEvents"] },
    { categories: ["file_event"], products: ["linux"], services: [], tables: ["DeviceFileEvents"] },
    { categories: [], products: ["windows"], services: ["sysmon"], tables: [], reason: "elsewhere" },
  ],
  fields: [{ name: "CommandLine", applies: "yes" }, { name: "CurrentDirectory", applies: "no", note: "not reported" }],
  ecs: ["process.name", "CommandLine"], tags: ["attack.t1059"],
};

/** at puts the cursor where the bar is. */
function at(text: string) {
  const index = text.indexOf("¦");
  return placeAt(text.replace("¦", ""), index);
}

const labels = (text: string) => {
  const whole = text.replace("¦", "");
  const place = at(text);
  return place ? optionsAt(place, whole, words).map((o) => o.label) : [];
};

test("the editor knows where in a rule the cursor is", () => {
  expect(at("tit¦")).toEqual({ path: [], from: 0, text: "tit" });
  expect(at("logsource:\n    cat¦")).toMatchObject({ path: ["logsource"], text: "cat" });
  expect(at("logsource:\n    category: pro¦")).toMatchObject({ path: ["logsource"], key: "category", text: "pro" });
  expect(at("detection:\n    selection:\n        Im¦")).toMatchObject({ path: ["detection", "selection"], text: "Im" });
  expect(at("detection:\n    selection:\n        - Im¦")).toMatchObject({ path: ["detection", "selection"], text: "Im" });
  expect(at("detection:\n    selection:\n        - User: a\n          Im¦")).toMatchObject({ path: ["detection", "selection"], text: "Im" });
  expect(at("tags:\n- att¦")).toMatchObject({ path: ["tags"], text: "att" });
  expect(at("# tit¦")).toBeUndefined();
  expect(at("a: b\n---\n    x¦")?.path).toEqual([]);
});

test("what may stand at a place goes with what is said already", () => {
  expect(labels("¦")).toContain("detection");
  expect(labels("level: ¦")).toEqual(["informational", "low", "medium", "high", "critical"]);
  expect(labels("logsource:\n    product: linux\n    category: ¦")).toEqual(["file_event"]);
  expect(labels("logsource:\n    service: ¦")).toEqual(["sysmon"]);
  expect(labels("detection:\n    selection:\n        C¦")).toEqual(["CommandLine", "CurrentDirectory", "process.name"]);
  expect(labels("detection:\n    selection:\n        Image|¦")).toContain("Image|endswith");
  expect(labels("detection:\n    sel_a:\n        x: y\n    condition: ¦").slice(0, 2)).toEqual(["sel_a", "and"]);
  expect(labels("tags:\n    - ¦")).toEqual(["attack.t1059"]);
  expect(labels("correlation:\n    type: ¦")).toContain("value_count");
  expect(labels("detection:\n    selection:\n        Image: ¦")).toEqual([]);
});

test("the logsource and the selections are read from an unfinished rule", () => {
  expect(logsourceOf(rule)).toEqual({ category: "process_creation", product: "windows", service: undefined });
  expect(logsourceOf("title: a\nlogsource:")).toEqual({ category: undefined, product: undefined, service: undefined });
  expect(selectionsOf(rule)).toEqual(["selection", "other"]);
});

test("a copy has an id of its own and names its model", () => {
  const old = "11111111-1111-4111-8111-111111111111";
  const copy = copyOf(`title: A\nid: ${old}\nlevel: low\n`, "new");
  expect(copy).toBe(`title: A\nid: new\nrelated:\n    - id: ${old}\n      type: derived\nlevel: low\n`);
  expect(copyOf("title: A\nlevel: low\n", "new")).toBe("title: A\nid: new\nlevel: low\n");
});

test("a new rule begins with its id and today", () => {
  expect(template("an-id", "2026-11-26")).toMatch(/^title: \nid: an-id\n[^]*date: 2026-11-26\n[^]*Image\|endswith: '\\'\n/);
});

test("problems are drawn from their column to the end of the line; those without a line are not", () => {
  const doc = Text.of(["title: a", "    level: loud"]);
  const list = diagnosticsOf([{ line: 2, column: 12, message: "m" }, { line: 2, column: 0, message: "w", warning: true }, { line: 0, column: 0, message: "x" }, { line: 9, column: 1, message: "x" }], doc);
  expect(list.map((d) => [d.from, d.to, d.severity])).toEqual([[20, 24, "error"], [13, 24, "warning"]]);
});
