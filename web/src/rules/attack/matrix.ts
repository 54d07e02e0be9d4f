// The ATT&CK matrix with the coverage of rules, as the page shows it.
import type { AttackCoverage, TechniqueCoverage } from "../../api/client";

/** What a technique has reached, each including those before; "none" of which no rule is known. */
export const grades = ["none", "known", "enabled", "data", "proven", "fired"] as const;
export type Grade = (typeof grades)[number];

export const gradeName: Record<Grade, string> = {
  none: "No rule", known: "Known, none enabled", enabled: "Enabled, its data does not arrive", data: "Enabled, its data arrives", proven: "Proven by a test event", fired: "Fired within a year",
};

/** What of a technique is counted. */
export type Counts = Pick<TechniqueCoverage, "known" | "enabled" | "data" | "proven" | "fired">;

export function gradeOf(c: Counts): Grade {
  if (c.fired > 0) return "fired";
  if (c.proven > 0) return "proven";
  if (c.data > 0) return "data";
  if (c.enabled > 0) return "enabled";
  return c.known > 0 ? "known" : "none";
}

/** Technique is a cell of the matrix: a technique with its sub-techniques. */
export interface Technique extends TechniqueCoverage {
  subs: TechniqueCoverage[];
  /** Of itself and of its sub-techniques: a rule counts where it is tagged. */
  all: Counts;
}

export interface Column {
  id: string;
  name: string;
  key: string;
  covered: number;
  total: number;
  techniques: Technique[];
}

/** columnsOf makes the columns of the matrix; with knownOnly those cells are left out of which no rule is known. */
export function columnsOf(coverage: AttackCoverage, knownOnly: boolean): Column[] {
  const byId = new Map(coverage.techniques.map((t) => [t.id, t]));
  return coverage.tactics.map((tactic) => {
    const all = tactic.techniques.flatMap((id) => byId.get(id) ?? []);
    const techniques = all
      .filter((t) => !t.id.includes("."))
      .map((t) => {
        const own = all.filter((s) => s.id.startsWith(`${t.id}.`));
        return { ...t, subs: knownOnly ? own.filter((s) => s.known > 0) : own, all: sum([t, ...own]) };
      })
      .filter((t) => !knownOnly || t.all.known > 0)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return { id: tactic.id, name: tactic.name, key: tactic.key, covered: tactic.covered, total: tactic.techniques.length, techniques };
  });
}

function sum(list: Counts[]): Counts {
  const of = (name: keyof Counts) => list.reduce((n, c) => n + c[name], 0);
  return { known: of("known"), enabled: of("enabled"), data: of("data"), proven: of("proven"), fired: of("fired") };
}

/** step is where an arrow key leads from one cell to another: columns of cells of different lengths. */
export function step(lengths: number[], column: number, row: number, key: string): [number, number] | undefined {
  const clamp = (n: number, most: number) => Math.max(0, Math.min(most, n));
  const last = (lengths[column] ?? 1) - 1;
  switch (key) {
    case "ArrowDown": return [column, clamp(row + 1, last)];
    case "ArrowUp": return [column, clamp(row - 1, last)];
    case "Home": return [column, 0];
    case "End": return [column, last];
    case "ArrowLeft":
    case "ArrowRight": {
      const by = key === "ArrowLeft" ? -1 : 1;
      let next = column + by;
      while (lengths[next] === 0) next += by;
      const length = lengths[next];
      return length === undefined ? [column, row] : [next, clamp(row, length - 1)];
    }
  }
  return undefined;
}
