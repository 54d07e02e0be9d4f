// How the table of a result is laid out: which columns, in which order, how wide; and which rows.
import { clamp } from "../../events/columns";
import type { Arrangement } from "../view";
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

/** arrangedLayout is a fresh layout as an address wants it; columns that the result does not have are passed over. */
export function arrangedLayout(columns: readonly ResultColumn[], arranged: Arrangement | undefined): Layout {
  const layout = freshLayout(columns);
  const placeOf = (name: string) => columns.findIndex((c) => c.name === name);
  const shown = [...new Set((arranged?.columns ?? []).map(placeOf))].filter((c) => c >= 0);
  if (shown.length > 0) layout.shown = shown;
  const by = arranged?.sort && placeOf(arranged.sort.column);
  if (arranged?.sort && by !== undefined && by >= 0) layout.sort = { column: by, descending: arranged.sort.descending };
  return layout;
}

/** arrangementOf is what an address says of a layout; undefined where it is as it came. */
export function arrangementOf(l: Layout, columns: readonly ResultColumn[]): Arrangement | undefined {
  const moved = l.shown.length !== columns.length || l.shown.some((c, i) => c !== i);
  const by = l.sort && columns[l.sort.column]?.name;
  if (!moved && by === undefined) return undefined;
  return { ...(moved && { columns: l.shown.flatMap((c) => columns[c]?.name ?? []) }), ...(l.sort && by !== undefined && { sort: { column: by, descending: l.sort.descending } }) };
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
