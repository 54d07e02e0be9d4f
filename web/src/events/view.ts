// The state of the events view, and the address that reproduces it.
import { defaultRange } from "../time/range";
import type { Range } from "../time/range";
import { columnsOf, standard, written } from "./columns";
import type { Column } from "./columns";

export const tabs = ["fields", "json", "record", "rules", "provenance", "related", "tree"] as const;
export type Tab = (typeof tabs)[number];

export interface EventsView {
  query: string;
  range: Range;
  columns: Column[];
  split: string;
  live: boolean;
  event: string | undefined;
  tab: Tab;
}

export const defaultSplit = "penstock.table";

/** readView reads an address; where it names no columns they are the usual ones. */
export function readView(params: URLSearchParams, usual: Column[] = standard): EventsView {
  const columns = columnsOf(params.get("columns")?.split(",") ?? []);
  const tab = params.get("tab");
  return {
    query: params.get("q") ?? "",
    range: { from: params.get("from") ?? defaultRange.from, to: params.get("to") ?? defaultRange.to },
    columns: columns.length > 0 ? columns : usual,
    split: params.get("split") ?? defaultSplit,
    live: params.get("live") === "1",
    event: params.get("event") ?? undefined,
    tab: tabs.find((t) => t === tab) ?? "fields",
  };
}

/** writeView leaves out what is as by default, so that addresses stay short. */
export function writeView(v: EventsView, usual: Column[] = standard): URLSearchParams {
  const params = new URLSearchParams();
  const set = (name: string, value: string, left: string) => {
    if (value !== left) params.set(name, value);
  };
  set("q", v.query, "");
  set("from", v.range.from, defaultRange.from);
  set("to", v.range.to, defaultRange.to);
  set("columns", written(v.columns).join(","), written(usual).join(","));
  set("split", v.split, defaultSplit);
  set("live", v.live ? "1" : "", "");
  set("event", v.event ?? "", "");
  if (v.event) set("tab", v.tab, "fields");
  return params;
}

/** shareable is the address of a view for others, who may have other columns of their own as the usual ones. */
export function shareable(v: EventsView, usual: Column[]): URLSearchParams {
  const params = writeView(v);
  if (written(usual).join() !== written(standard).join()) params.set("columns", written(v.columns).join(","));
  return params;
}
