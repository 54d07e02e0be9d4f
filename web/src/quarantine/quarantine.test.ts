import { expect, test } from "vitest";
import { stagesOf } from "../trust/stages";
import { decoded } from "./bytes";

test("quarantined bytes are shown as text, valid or not", () => {
  expect(decoded(btoa("{}"))).toEqual({ text: "{}", valid: true });
  expect(decoded(btoa("a\xff"))).toEqual({ text: "a\ufffd", valid: false });
});

test("percentiles are arranged by stage and table", () => {
  const clock = (table: string, stage: string) => ({ table, stage, count: 1, p50: 1, p95: 2, p99: 3, max: 4 });
  const { stages, tables } = stagesOf([clock("B", "x_y"), clock("A", "y_z")]);
  expect(stages).toEqual(["x_y", "y_z"]);
  expect(tables.map((t) => [t.table, t.cells.map((c) => c?.stage)])).toEqual([["A", [undefined, "y_z"]], ["B", ["x_y", undefined]]]);
});
