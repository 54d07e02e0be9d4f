// The columns of the list: which, in which order, how wide. They are written as field, or field~width, in addresses and
// saved queries.

export interface Column {
  name: string;
  /** In pixels, where somebody chose it. */
  width?: number;
}

/** sentenceColumn is not a field: it says what happened. */
export const sentenceColumn = "sentence";
/** summaryColumn is not a field: it shows the fields that tell most. */
export const summaryColumn = "summary";
export const special: Record<string, string> = { [sentenceColumn]: "What happened", [summaryColumn]: "Telling fields" };

/** standard are the columns where nobody chose any. */
export const standard: Column[] = [{ name: "penstock.table" }, { name: "host.name" }, { name: sentenceColumn }];

export const narrowest = 60;
export const widest = 1600;
const most = 50;

export function clamp(width: number): number {
  return Math.round(Math.max(narrowest, Math.min(widest, width)));
}

/** columnsOf reads columns as they were written; a field that comes twice stays once. */
export function columnsOf(texts: string[]): Column[] {
  const columns: Column[] = [];
  for (const text of texts) {
    const m = /^(.+)~(\d{1,4})$/.exec(text);
    const column = m?.[1] ? { name: m[1], width: clamp(Number(m[2])) } : { name: text };
    if (column.name !== "" && !columns.some((c) => c.name === column.name)) columns.push(column);
  }
  return columns.slice(0, most);
}

export function written(columns: Column[]): string[] {
  return columns.map((c) => (c.width === undefined ? c.name : `${c.name}~${c.width}`));
}

/** toggled adds a column before the sentence or summary at the end, or removes it; the last one stays. */
export function toggled(columns: Column[], name: string): Column[] {
  if (columns.some((c) => c.name === name)) {
    const left = columns.filter((c) => c.name !== name);
    return left.length > 0 ? left : columns;
  }
  const last = columns.at(-1);
  return last && special[last.name] ? columns.toSpliced(-1, 0, { name }) : [...columns, { name }];
}

/** moved puts a column to another place among the columns. */
export function moved(columns: Column[], name: string, to: number): Column[] {
  const from = columns.findIndex((c) => c.name === name);
  const column = columns[from];
  if (!column) return columns;
  return columns.toSpliced(from, 1).toSpliced(Math.max(0, Math.min(columns.length - 1, to)), 0, column);
}

export function resized(columns: Column[], name: string, width: number): Column[] {
  return columns.map((c) => (c.name === name ? { name, width: clamp(width) } : c));
}

/** track is a column's place in the grid of the list. */
export function track({ name, width }: Column): string {
  if (width !== undefined) return `${width}px`;
  if (name === sentenceColumn) return "minmax(360px, 8fr)";
  if (name === summaryColumn) return "minmax(260px, 4fr)";
  return name === "penstock.table" ? "minmax(158px, 1fr)" : "minmax(118px, 1fr)";
}

/** leastWidth is that of all tracks with their gaps and the padding around them: every row must have the same, or columns would not align. */
export function leastWidth(tracks: string[], gap: number): number {
  return tracks.reduce((sum, t) => sum + Number(/\d+/.exec(t)?.[0] ?? 0) + gap, gap);
}
