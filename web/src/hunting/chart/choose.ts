// What is drawn of a result: which column goes along the axis, which are measured, which tell series apart. The rules are
// those of KQL's render, https://learn.microsoft.com/kusto/query/render-operator
import type { Render, ResultColumn } from "../wire";
import { plain, measure, numeric } from "../results/values";
import { toSeconds } from "../../time/format";
import type { Zone } from "../../time/format";

export const kinds = ["timechart", "linechart", "areachart", "stackedareachart", "columnchart", "barchart", "piechart", "scatterchart", "card"] as const;
export type Kind = (typeof kinds)[number];

export const kindWords: Record<Kind, string> = {
  timechart: "Lines over time", linechart: "Lines", areachart: "Areas", stackedareachart: "Stacked areas", columnchart: "Columns", barchart: "Bars", piechart: "Pie", scatterchart: "Points", card: "Cards",
};

/** Kinds that are drawn as a near relation, which the reader is told. */
const relations: Record<string, Kind> = { anomalychart: "timechart", timepivot: "barchart", pivotchart: "columnchart", "3dchart": "columnchart" };

export interface Series {
  name: string;
  /** x is a moment or a number, or the place of a category. */
  points: [x: number, y: number | null][];
}

export interface Chart {
  kind: Kind;
  axis: "time" | "number" | "category";
  categories: string[];
  series: Series[];
  x: string;
  y: string;
  title: string;
  stacked: boolean | "100%";
  legend: boolean;
  logarithmic: { x: boolean; y: boolean };
  bounds: { min?: number; max?: number };
  /** What the reader should know of it. */
  notes: string[];
}

export const mostSeries = 24;
export const mostCategories = 250;
const mostPoints = 50_000;
const mostSlices = 16;

/** kindOf is the kind in which a result is drawn: as asked, or by its columns; undefined where it has nothing to draw. */
export function kindOf(columns: readonly ResultColumn[], render: Render | undefined): { kind: Kind | undefined; note?: string } {
  const asked = render?.kind.toLowerCase();
  const known = kinds.find((k) => k === asked);
  if (known) return { kind: known };
  if (asked && relations[asked]) return { kind: relations[asked], note: `“${asked}” is drawn as ${kindWords[relations[asked]].toLowerCase()}.` };
  if (asked && asked !== "table") return { kind: undefined, note: `There is no “${asked}” here; the table has everything.` };
  const measured = columns.filter((c) => numeric.has(c.type) || c.type === "timespan").length;
  if (measured === 0 || asked === "table") return { kind: undefined };
  if (columns.some((c) => c.type === "datetime")) return { kind: "timechart" };
  return { kind: columns.some((c) => c.type === "string") ? "columnchart" : columns.length === 1 ? "card" : "linechart" };
}

interface Roles {
  x: number;
  ys: number[];
  split: number[];
}

const listOf = (text: string | undefined): string[] => (text ?? "").split(",").map((s) => s.trim()).filter(Boolean);

/** rolesOf says which column is which; undefined where nothing can be measured. */
function rolesOf(columns: readonly ResultColumn[], kind: Kind, properties: Record<string, string>): Roles | undefined {
  const find = (name: string) => columns.findIndex((c) => c.name === name);
  const isNumber = (c: ResultColumn) => numeric.has(c.type) || c.type === "timespan";
  const asked = find(properties.xcolumn ?? "");
  const first = (test: (c: ResultColumn) => boolean) => columns.findIndex(test);
  const over = kind === "timechart" || kind === "linechart" || kind === "areachart" || kind === "stackedareachart" || kind === "scatterchart";
  let x = asked;
  if (x < 0 && over) x = first((c) => c.type === "datetime");
  if (x < 0 && over) x = columns.length > 1 ? first(isNumber) : -1;
  // A lone number beside names is what is measured, not what it is measured along.
  if (x >= 0 && asked < 0 && over && isNumber(columns[x] ?? { name: "", type: "" }) && columns.filter(isNumber).length === 1) x = -1;
  if (x < 0) x = first((c) => !isNumber(c));
  if (x < 0) x = 0;
  const named = listOf(properties.ycolumns).map(find).filter((i) => i >= 0);
  const ys = named.length > 0 ? named : columns.flatMap((c, i) => (i !== x && isNumber(c) ? [i] : []));
  const lists = columns.flatMap((c, i) => (i !== x && c.type === "dynamic" ? [i] : []));
  const split = listOf(properties.series).map(find).filter((i) => i >= 0);
  const apart = split.length > 0 ? split : columns.flatMap((c, i) => (i !== x && !ys.includes(i) && (c.type === "string" || c.type === "guid" || c.type === "bool") ? [i] : []));
  if (ys.length === 0 && lists.length > 0) return { x, ys: lists, split: apart };
  return ys.length === 0 ? undefined : { x, ys, split: apart };
}

/** chartOf gathers what is drawn of a result; undefined where there is nothing to measure. */
export function chartOf(columns: readonly ResultColumn[], rows: readonly unknown[][], kind: Kind, render: Render | undefined, zone: Zone): Chart | undefined {
  const properties = Object.fromEntries(Object.entries(render?.properties ?? {}).map(([k, v]) => [k.toLowerCase(), v]));
  const flat = spread(columns, rows);
  const roles = rolesOf(flat.columns, kind, properties);
  if (!roles) return undefined;
  const notes: string[] = [];
  const type = flat.columns[roles.x]?.type ?? "string";
  const over = kind !== "columnchart" && kind !== "barchart" && kind !== "piechart";
  const axis = over && type === "datetime" ? "time" : over && numeric.has(type) ? "number" : "category";
  // Moments as categories stand in their order, whatever that of the rows.
  const ordered = axis === "category" && type === "datetime" ? flat.rows.toSorted((a, b) => (measure(a[roles.x], type) ?? 0) - (measure(b[roles.x], type) ?? 0)) : flat.rows;
  const gathered = gather(flat.columns, ordered, roles, axis, zone, kind === "piechart" ? mostPoints : mostCategories, notes);
  const chart: Chart = {
    kind, axis, ...gathered, notes, title: properties.title ?? "", x: properties.xtitle ?? flat.columns[roles.x]?.name ?? "", legend: properties.legend !== "hidden",
    y: properties.ytitle ?? (roles.ys.length === 1 ? (flat.columns[roles.ys[0] ?? 0]?.name ?? "") : ""),
    stacked: kind === "stackedareachart" || properties.kind === "stacked" ? true : properties.kind === "stacked100" ? "100%" : false,
    logarithmic: { x: properties.xaxis === "log", y: properties.yaxis === "log" }, bounds: { ...bound("min", properties.ymin), ...bound("max", properties.ymax) },
  };
  if (properties.accumulate === "true") chart.series = chart.series.map(accumulated);
  if (chart.stacked) chart.series = filled(chart.series);
  if (chart.stacked === "100%") chart.series = shares(chart.series);
  return kind === "piechart" ? pie(chart) : chart;
}

function bound(name: "min" | "max", text: string | undefined): { min?: number; max?: number } {
  const n = text === undefined || text === "" ? NaN : Number(text);
  return Number.isFinite(n) ? { [name]: n } : {};
}

/** spread makes rows of the lists that make-series gives: one for each place of them. */
function spread(columns: readonly ResultColumn[], rows: readonly unknown[][]): { columns: readonly ResultColumn[]; rows: readonly unknown[][] } {
  const lists = columns.flatMap((c, i) => (c.type === "dynamic" && rows.length > 0 && rows.every((r) => r[i] === null || Array.isArray(r[i])) ? [i] : []));
  if (lists.length === 0 || columns.some((c) => numeric.has(c.type))) return { columns, rows };
  const out: unknown[][] = [];
  for (const row of rows) {
    const length = Math.max(...lists.map((i) => (row[i] as unknown[] | null)?.length ?? 0));
    for (let n = 0; n < length && out.length < mostPoints; n++) out.push(row.map((v, i) => (lists.includes(i) ? ((v as unknown[] | null)?.[n] ?? null) : v)));
  }
  const typed = columns.map((c, i) => {
    if (!lists.includes(i)) return c;
    const sample = out.find((r) => r[i] !== null)?.[i];
    return { ...c, type: typeof sample === "number" ? "real" : typeof sample === "string" && /^\d{4}-\d\d-\d\dT/.test(sample) ? "datetime" : "string" };
  });
  return { columns: typed, rows: out };
}

function gather(columns: readonly ResultColumn[], rows: readonly unknown[][], { x, ys, split }: Roles, axis: Chart["axis"], zone: Zone, categoriesLimit: number, notes: string[]): { categories: string[]; series: Series[] } {
  const type = columns[x]?.type ?? "string";
  const categories = new Map<string, number>();
  const series = new Map<string, Series>();
  const left = { series: new Set<string>(), categories: new Set<string>(), points: 0 };
  let points = 0;
  for (const row of rows) {
    const at = axis === "category" ? place(categories, label(row[x], type, zone), categoriesLimit) : measure(row[x], type);
    if (at === undefined) {
      if (axis === "category") left.categories.add(label(row[x], type, zone));
      continue;
    }
    const group = split.map((i) => label(row[i], columns[i]?.type ?? "string", zone)).join(", ");
    for (const y of ys) {
      const own = columns[y]?.name ?? "";
      const name = split.length === 0 ? own : ys.length === 1 ? group : `${group}: ${own}`;
      let s = series.get(name);
      if (!s && series.size >= mostSeries) {
        left.series.add(name);
        continue;
      }
      if (!s) series.set(name, (s = { name, points: [] }));
      if (points++ < mostPoints) s.points.push([at, measure(row[y], columns[y]?.type ?? "real") ?? null]);
      else left.points++;
    }
  }
  const say = (n: number, one: string) => n > 0 && notes.push(`${n} more ${one} are in the table alone.`);
  say(left.series.size, "series");
  say(left.categories.size, "values of the axis");
  say(left.points, "points");
  const all = [...series.values()];
  if (axis !== "category") for (const s of all) s.points.sort((a, b) => a[0] - b[0]);
  return { categories: [...categories.keys()], series: all };
}

const label = (value: unknown, type: string, zone: Zone): string => {
  const text = plain(value);
  if (text === "") return "(empty)";
  const at = type === "datetime" ? measure(value, type) : undefined;
  return at === undefined ? text : toSeconds(new Date(at), zone).replace(/ 00:00:00$/, "");
};

function place(categories: Map<string, number>, name: string, limit: number): number | undefined {
  const known = categories.get(name);
  if (known !== undefined || categories.size >= limit) return known;
  categories.set(name, categories.size);
  return categories.size - 1;
}

function accumulated(s: Series): Series {
  let sum = 0;
  return { ...s, points: s.points.map(([x, y]) => [x, (sum += y ?? 0)]) };
}

/** filled has every series at every place of the axis, or what is stacked would not stand on what is below it. */
function filled(series: Series[]): Series[] {
  const places = [...new Set(series.flatMap((s) => s.points.map(([x]) => x)))].sort((a, b) => a - b).slice(0, mostPoints / Math.max(1, series.length));
  return series.map((s) => {
    const own = new Map(s.points);
    return { ...s, points: places.map((x): [number, number | null] => [x, own.get(x) ?? 0]) };
  });
}

function shares(series: Series[]): Series[] {
  const totals = new Map<number, number>();
  for (const s of series) for (const [x, y] of s.points) totals.set(x, (totals.get(x) ?? 0) + Math.max(0, y ?? 0));
  return series.map((s) => ({ ...s, points: s.points.map(([x, y]) => [x, y === null ? null : (100 * y) / (totals.get(x) || 1)]) }));
}

/** pie has the first measure alone, its largest slices by themselves and the others together. */
function pie(chart: Chart): Chart {
  const [first] = chart.series;
  const sums = chart.categories.map(() => 0);
  for (const s of chart.series) for (const [x, y] of s.points) sums[x] = (sums[x] ?? 0) + Math.max(0, y ?? 0);
  const slices = sums.map((n, i) => ({ name: chart.categories[i] ?? "", n })).sort((a, b) => b.n - a.n);
  const own = slices.slice(0, slices.length > mostSlices ? mostSlices - 1 : mostSlices);
  const others = slices.slice(own.length);
  if (others.length > 0) own.push({ name: `${others.length} others`, n: others.reduce((sum, s) => sum + s.n, 0) });
  return { ...chart, axis: "category", categories: own.map((s) => s.name), series: [{ name: first?.name ?? "", points: own.map((s, i) => [i, s.n]) }] };
}
