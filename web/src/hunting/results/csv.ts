import type { ResultColumn } from "../wire";
import { plain } from "./values";

/** A text that a spreadsheet would take for a formula gets an apostrophe before it, as in exports. */
const formula = /^[=+\-@\t\r]/;

function cell(value: unknown): string {
  const text = plain(value);
  const safe = typeof value === "string" && formula.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** csvOf writes rows, given by their places, with the columns in their order. */
export function csvOf(columns: readonly ResultColumn[], shown: readonly number[], rows: readonly unknown[][], order: Uint32Array): string {
  const lines = [shown.map((c) => cell(columns[c]?.name)).join(",")];
  for (const i of order) lines.push(shown.map((c) => cell(rows[i]?.[c])).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

/** tsvOf writes rows as spreadsheets take them from the clipboard. */
export function tsvOf(columns: readonly ResultColumn[], shown: readonly number[], rows: readonly unknown[][], order: Iterable<number>): string {
  const clean = (value: unknown) => cell(value).replace(/^"|"$/g, "").replaceAll('""', '"').replace(/[\t\r\n]+/g, " ");
  const lines = [shown.map((c) => clean(columns[c]?.name)).join("\t")];
  for (const i of order) lines.push(shown.map((c) => clean(rows[i]?.[c])).join("\t"));
  return lines.join("\n");
}
