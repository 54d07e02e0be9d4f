// What the address of a hunt says: the query or the saved hunt, the time range, parameters, and how the result is shown.
import type { Range } from "../time/range";

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
  parameters: { name: string; value: string }[];
  show: Show | undefined;
}

export function readHunt(params: URLSearchParams): HuntView {
  const saved = Number(params.get("saved"));
  return {
    query: params.get("q") ?? undefined,
    saved: Number.isInteger(saved) && saved > 0 ? saved : undefined,
    range: { from: params.get("from") ?? defaultHuntRange.from, to: params.get("to") ?? defaultHuntRange.to },
    parameters: [...params].filter(([k]) => k.startsWith("p.")).map(([k, value]) => ({ name: k.slice(2), value })),
    show: shows.find((s) => s === params.get("show")),
  };
}

/** writeHunt leaves out what is as by default. A query that is too long is left out as well: then it has no address but as a saved hunt. */
export function writeHunt(v: HuntView): URLSearchParams {
  const params = new URLSearchParams();
  if (v.saved !== undefined) params.set("saved", String(v.saved));
  else if (v.query !== undefined && v.query.length <= longestInAddress) params.set("q", v.query);
  if (v.range.from !== defaultHuntRange.from) params.set("from", v.range.from);
  if (v.range.to !== defaultHuntRange.to) params.set("to", v.range.to);
  for (const p of v.parameters) params.set(`p.${p.name}`, p.value);
  if (v.show) params.set("show", v.show);
  return params;
}

/** huntPath is the address of a hunt. */
export function huntPath(query: string, range: Range = defaultHuntRange): string {
  return `/hunting?${writeHunt({ query, saved: undefined, range, parameters: [], show: undefined })}`;
}
