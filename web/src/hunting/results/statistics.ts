// What a column of a result holds, as far as it was received.
import { isEmpty, measure, plain } from "./values";

export interface ColumnStatistics {
  rows: number;
  empty: number;
  distinct: number;
  least?: unknown;
  most?: unknown;
  mean?: number;
  sum?: number;
  top: { value: unknown; rows: number }[];
}

const shownTop = 20;

/** statisticsOf describes a column over some rows, given by their places. */
export function statisticsOf(rows: readonly unknown[][], order: Uint32Array, column: number, type: string): ColumnStatistics {
  const times = new Map<string, { value: unknown; rows: number }>();
  let [empty, sum, measured] = [0, 0, 0];
  let least: { at: number | string; value: unknown } | undefined;
  let most: { at: number | string; value: unknown } | undefined;
  for (const i of order) {
    const value = rows[i]?.[column];
    if (isEmpty(value)) {
      empty++;
      continue;
    }
    const text = plain(value);
    const known = times.get(text);
    if (known) known.rows++;
    else times.set(text, { value, rows: 1 });
    const m = measure(value, type);
    if (m !== undefined && Number.isFinite(m)) {
      sum += m;
      measured++;
    }
    if (type === "dynamic") continue;
    const at = m ?? text;
    if (!least || at < least.at) least = { at, value };
    if (!most || at > most.at) most = { at, value };
  }
  const top = [...times.values()].sort((a, b) => b.rows - a.rows).slice(0, shownTop);
  return {
    rows: order.length, empty, distinct: times.size, top, ...(least ? { least: least.value } : {}), ...(most ? { most: most.value } : {}),
    ...(measured > 0 && type !== "datetime" && type !== "bool" ? { mean: sum / measured, sum } : {}),
  };
}
