// The state of the events view, and the address that reproduces it.
import { defaultRange } from "../time/range";
import type { Range } from "../time/range";

export const tabs = ["fields", "json", "record"] as const;
export type Tab = (typeof tabs)[number];

export interface EventsView {
  query: string;
  range: Range;
  columns: string[];
  split: string;
  live: boolean;
  event: string | undefined;
  tab: Tab;
}

/** summaryColumn is not a field: it shows the fields that tell most. */
export const summaryColumn = "summary";
export const defaultColumns = ["penstock.table", "host.name", "user.name", summaryColumn];
export const defaultSplit = "penstock.table";

export function readView(params: URLSearchParams): EventsView {
  const columns = params.get("columns")?.split(",").filter(Boolean);
  const tab = params.get("tab");
  return {
    query: params.get("q") ?? "",
    range: { from: params.get("from") ?? defaultRange.from, to: params.get("to") ?? defaultRange.to },
    columns: columns && columns.length > 0 ? columns : defaultColumns,
    split: params.get("split") ?? defaultSplit,
    live: params.get("live") === "1",
    event: params.get("event") ?? undefined,
    tab: tabs.find((t) => t === tab) ?? "fields",
  };
}

/** writeView leaves out what is as by default, so that addresses stay short. */
export function writeView(v: EventsView): URLSearchParams {
  const params = new URLSearchParams();
  const set = (name: string, value: string, usual: string) => {
    if (value !== usual) params.set(name, value);
  };
  set("q", v.query, "");
  set("from", v.range.from, defaultRange.from);
  set("to", v.range.to, defaultRange.to);
  set("columns", v.columns.join(","), defaultColumns.join(","));
  set("split", v.split, defaultSplit);
  set("live", v.live ? "1" : "", "");
  set("event", v.event ?? "", "");
  if (v.event) set("tab", v.tab, "fields");
  return params;
}
