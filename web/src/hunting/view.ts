// What the address of a hunt says: the query or the saved hunt, the time range, parameters, and how the result is shown.
import type { Range } from "../time/range";
import type { Parameter } from "./wire";

/** As far back as Defender's own hunting looks. */
export const defaultHuntRange: Range = { from: "now-30d", to: "now" };

/** A query longer than this is no part of an address: proxies and mails cut those. */
export const longestInAddress = 1500;

export const shows = ["table", "chart"] as const;
export type Show = (typeof shows)[number];

export interface HuntView {
  query: string | undefined;
  saved: number | undefined;
  range: Range;
  parameters: Parameter[];
  show: Show | undefined;
}

export function readHunt(params: URLSearchParams): HuntView {
  const saved = Number(params.get("saved"));
  return {
    query: params.get("q") ?? undefined,
    saved: Number.isInteger(saved) && saved > 0 ? saved : undefined,
    range: { from: params.get("from") ?? defaultHuntRange.from, to: params.get("to") ?? defaultHuntRange.to },
    parameters: [...params].flatMap(([k, v]) => (k.startsWith("p.") ? (parameterOf(k.slice(2), v) ?? []) : [])),
    show: shows.find((s) => s === params.get("show")),
  };
}

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
  return params;
}

/** huntPath is the address of a hunt. */
export function huntPath(query: string, range: Range = defaultHuntRange): string {
  return `/hunting?${writeHunt({ query, saved: undefined, range, parameters: [], show: undefined })}`;
}
