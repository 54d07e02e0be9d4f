// How the table of a result is laid out: which columns, in which order, how wide; and which rows.
import { clamp } from "../../events/columns";
import type { ResultColumn } from "../wire";
import type { Filter, Sort } from "./order";
import { plain } from "./values";

export interface Layout {
  /** Of which columns it speaks: another result begins anew. */
  signature: string;
  /** Places of the columns that are shown, in order. */
  shown: number[];
  /** In pixels, where somebody chose it. */
  widths: Record<number, number>;
  sort?: Sort;
  filters: Filter[];
}

export const signatureOf = (columns: readonly ResultColumn[]): string => columns.map((c) => `${c.name}:${c.type}`).join("\n");

export function freshLayout(columns: readonly ResultColumn[]): Layout {
  return { signature: signatureOf(columns), shown: columns.map((_, i) => i), widths: {}, filters: [] };
}

/** moveColumn puts a column to another place among those that are shown. */
export function moveColumn(l: Layout, column: number, to: number): Layout {
  const at = l.shown.indexOf(column);
  if (at < 0) return l;
  return { ...l, shown: l.shown.toSpliced(at, 1).toSpliced(Math.max(0, Math.min(l.shown.length - 1, to)), 0, column) };
}

/** toggleColumn hides a column, or shows it again at its place in the result; the last one stays. */
export function toggleColumn(l: Layout, column: number): Layout {
  if (l.shown.includes(column)) return l.shown.length > 1 ? { ...l, shown: l.shown.filter((c) => c !== column) } : l;
  const at = l.shown.findIndex((c) => c > column);
  return { ...l, shown: at < 0 ? [...l.shown, column] : l.shown.toSpliced(at, 0, column) };
}

/** sortBy goes from ascending to descending to the order in which the rows came. */
export function sortBy(l: Layout, column: number): Layout {
  const { sort, ...rest } = l;
  if (sort?.column !== column) return { ...rest, sort: { column, descending: false } };
  return sort.descending ? rest : { ...rest, sort: { column, descending: true } };
}

export function withRowFilter(l: Layout, filter: Filter): Layout {
  const same = (f: Filter) => f.column === filter.column && f.test === filter.test && f.value === filter.value;
  return l.filters.some(same) ? l : { ...l, filters: [...l.filters, filter].slice(-20) };
}

const perLetter = 7.3;
const looked = 60;

/** widthsOf guesses how wide the columns should be by their names and first rows. */
export function widthsOf(columns: readonly ResultColumn[], rows: readonly unknown[][]): number[] {
  return columns.map((column, i) => {
    let letters = column.name.length + 5;
    if (column.type === "datetime") letters = Math.max(letters, 24);
    else for (let r = 0; r < Math.min(looked, rows.length); r++) letters = Math.max(letters, Math.min(46, plain(rows[r]?.[i]).length + 1));
    return clamp(Math.max(72, letters * perLetter + 16));
  });
}
