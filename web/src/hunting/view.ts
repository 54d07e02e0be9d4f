// What the address of a hunt says: the query or the saved hunt, the time range, parameters, and how the result is shown.
import type { Range } from "../time/range";
import type { Parameter } from "./wire";

/** As far back as Defender's own hunting looks. */
export const defaultHuntRange: Range = { from: "now-30d", to: "now" };

/** A query longer than this is no part of an address: proxies and mails cut those. */
export const longestInAddress = 1500;

export const shows = ["table", "chart"] as const;
export type Show = (typeof shows)[number];

/** Arrangement is how the table of a result is laid out, as far as an address says it: by the names of columns. */
export interface Arrangement {
  /** Those that are shown, in order; undefined: all, as they came. */
  columns?: string[];
  sort?: { column: string; descending: boolean };
}

export interface HuntView {
  query: string | undefined;
  saved: number | undefined;
  range: Range;
  parameters: Parameter[];
  show: Show | undefined;
  arranged: Arrangement | undefined;
}

export function readHunt(params: URLSearchParams): HuntView {
  const saved = Number(params.get("saved"));
  return {
    query: params.get("q") ?? undefined,
    saved: Number.isInteger(saved) && saved > 0 ? saved : undefined,
    range: { from: params.get("from") ?? defaultHuntRange.from, to: params.get("to") ?? defaultHuntRange.to },
    parameters: [...params].flatMap(([k, v]) => (k.startsWith("p.") ? (parameterOf(k.slice(2), v) ?? []) : [])),
    show: shows.find((s) => s === params.get("show")),
    arranged: arrangementIn(params),
  };
}

function arrangementIn(params: URLSearchParams): Arrangement | undefined {
  const columns = params.getAll("col");
  const by = /^(.+) (asc|desc)$/s.exec(params.get("sort") ?? "");
  if (columns.length === 0 && !by) return undefined;
  return { ...(columns.length > 0 && { columns }), ...(by?.[1] !== undefined && { sort: { column: by[1], descending: by[2] === "desc" } }) };
}

/** As much of an address may be the columns of a table. */
const longestColumns = 1500;

export const parameterTypes = ["string", "int", "long", "real", "bool", "datetime", "timespan", "dynamic", "guid", "decimal"] as const;

/** parameterOf reads a parameter as addresses write it: its type, a colon, and its value. */
function parameterOf(name: string, written: string): Parameter | undefined {
  const colon = written.indexOf(":");
  const type = parameterTypes.find((t) => t === written.slice(0, colon));
  return type && { name, type, value: written.slice(colon + 1) };
}

/** writeHunt leaves out what is as by default. A query that is too long is left out as well: then it has no address but as a saved hunt. */
export function writeHunt(v: HuntView): URLSearchParams {
  const params = new URLSearchParams();
  if (v.saved !== undefined) params.set("saved", String(v.saved));
  else if (v.query !== undefined && v.query.length <= longestInAddress) params.set("q", v.query);
  if (v.range.from !== defaultHuntRange.from) params.set("from", v.range.from);
  if (v.range.to !== defaultHuntRange.to) params.set("to", v.range.to);
  for (const p of v.parameters) params.set(`p.${p.name}`, `${p.type}:${p.value}`);
  if (v.show) params.set("show", v.show);
  const { columns = [], sort } = v.arranged ?? {};
  if (columns.join("&col=").length <= longestColumns) for (const c of columns) params.append("col", c);
  if (sort) params.set("sort", `${sort.column} ${sort.descending ? "desc" : "asc"}`);
  return params;
}

/** huntPath is the address of a hunt. */
export function huntPath(query: string, range: Range = defaultHuntRange): string {
  return `/hunting?${writeHunt({ query, saved: undefined, range, parameters: [], show: undefined, arranged: undefined })}`;
}
