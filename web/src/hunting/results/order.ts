// Which rows of a result are shown, and in which order.
import type { ResultColumn } from "../wire";
import { isEmpty, measure, plain } from "./values";

export interface Sort {
  column: number;
  descending: boolean;
}

export const tests = ["contains", "!contains", "is", "!is", "<", ">", "empty", "!empty"] as const;
export type Test = (typeof tests)[number];

export const testWords: Record<Test, string> = { contains: "contains", "!contains": "does not contain", is: "is", "!is": "is not", "<": "is less than", ">": "is more than", empty: "is empty", "!empty": "is not empty" };

export interface Filter {
  column: number;
  test: Test;
  value: string;
}

/** orderOf gives the places of the rows that pass all filters, in the order of the sort or else as they came. */
export function orderOf(rows: readonly unknown[][], columns: readonly ResultColumn[], filters: readonly Filter[], sort: Sort | undefined): Uint32Array {
  const passes = filters.map((f) => passOf(f, columns[f.column]?.type ?? "string"));
  const order = new Uint32Array(rows.length);
  let n = 0;
  for (const [i, row] of rows.entries()) {
    if (passes.every((p) => p(row))) order[n++] = i;
  }
  const left = order.subarray(0, n);
  return sort ? sorted(left, rows, sort, columns[sort.column]?.type ?? "string") : left;
}

function passOf({ column, test, value }: Filter, type: string): (row: readonly unknown[]) => boolean {
  const small = value.toLowerCase();
  const limit = measure(type === "datetime" ? iso(value) : value, type);
  const below = (row: readonly unknown[], sign: 1 | -1) => {
    if (isEmpty(row[column])) return false;
    const m = measure(row[column], type);
    return m !== undefined && limit !== undefined ? sign * (m - limit) < 0 : sign * compareTexts(plain(row[column]).toLowerCase(), small) < 0;
  };
  switch (test) {
    case "contains": return (row) => plain(row[column]).toLowerCase().includes(small);
    case "!contains": return (row) => !plain(row[column]).toLowerCase().includes(small);
    case "is": return (row) => plain(row[column]) === value;
    case "!is": return (row) => plain(row[column]) !== value;
    case "<": return (row) => below(row, 1);
    case ">": return (row) => below(row, -1);
    case "empty": return (row) => isEmpty(row[column]);
    case "!empty": return (row) => !isEmpty(row[column]);
  }
}

/** iso lets a day or a moment be typed as it is shown. */
const iso = (text: string): string => text.trim().replace(" ", "T");

/** A collator would know languages better, and take ten times as long. */
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** sorted puts what is empty last, either way; what is equal stays in its order. */
function sorted(order: Uint32Array, rows: readonly unknown[][], sort: Sort, type: string): Uint32Array {
  const sign = sort.descending ? -1 : 1;
  const measured = type !== "string" && type !== "guid" && type !== "dynamic";
  const keys = new Map<number, number | string | undefined>();
  for (const i of order) {
    const v = rows[i]?.[sort.column];
    keys.set(i, isEmpty(v) ? undefined : ((measured ? measure(v, type) : undefined) ?? plain(v).toLowerCase()));
  }
  const compare = (a: number, b: number): number => {
    const [x, y] = [keys.get(a), keys.get(b)];
    if (x === undefined || y === undefined) return x === y ? a - b : x === undefined ? 1 : -1;
    const by = typeof x === "number" && typeof y === "number" ? x - y : typeof x === "number" ? -1 : typeof y === "number" ? 1 : compareTexts(x, y);
    return sign * by || a - b;
  };
  return order.slice().sort(compare);
}
