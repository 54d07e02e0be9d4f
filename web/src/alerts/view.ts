// The state of the queue of alerts, and the address that reproduces it.
import { one, picked } from "../shared/address";
import { momentOf } from "../time/range";
import { bands, levels, originName, origins, statuses, statusName, tacticName, verdictName, verdicts } from "./words";
import type { Band, Level, Origin, Status, Verdict } from "./words";

export const sorts = ["urgency", "updated", "created", "occurrences"] as const;
export type Sort = (typeof sorts)[number];

/** Filters of which several values may be chosen. */
export interface Choices {
  status: Status[];
  urgency: Band[];
  level: Level[];
  origin: Origin[];
  verdict: Verdict[];
}

/** Filters of one value; the times are as in a range: now-24h, or in ISO 8601. */
export const texts = ["text", "assignee", "rule", "tag", "host", "user", "entity", "technique", "tactic"] as const;
export const times = ["from", "to", "updated"] as const;
export type TextFilter = (typeof texts)[number];
export type TimeFilter = (typeof times)[number];

export interface AlertsView extends Choices, Record<TextFilter | TimeFilter, string> {
  sort: Sort;
}

/** Where the address names no status, everything that is not closed is shown. */
export function readAlertsView(params: URLSearchParams): AlertsView {
  const value = (name: string) => params.get(name) ?? "";
  const time = (name: string) => (momentOf(value(name), new Date()) ? value(name) : "");
  return {
    status: picked(params, "status", statuses), urgency: picked(params, "urgency", bands), level: picked(params, "level", levels),
    origin: picked(params, "origin", origins), verdict: picked(params, "verdict", verdicts),
    text: value("text"), assignee: value("assignee"), rule: value("rule"), tag: value("tag"), host: value("host"), user: value("user"),
    entity: value("entity"), technique: value("technique"), tactic: value("tactic"),
    from: time("from"), to: time("to"), updated: time("updated"),
    sort: one(params, "sort", sorts, "urgency"),
  };
}

const choices = ["status", "urgency", "level", "origin", "verdict"] as const;

export function writeAlertsView(v: AlertsView): URLSearchParams {
  const params = new URLSearchParams();
  for (const name of choices) for (const value of v[name]) params.append(name, value);
  for (const name of [...texts, ...times]) if (v[name]) params.set(name, v[name]);
  if (v.sort !== "urgency") params.set("sort", v.sort);
  return params;
}

/** isFiltered tells whether the view leaves out alerts that are not closed. */
export function isFiltered(v: AlertsView): boolean {
  return choices.some((n) => v[n].length > 0) || [...texts, ...times].some((n) => v[n] !== "");
}

/** filterOf is what the server is asked for. */
export function filterOf(v: AlertsView, now: Date) {
  const lists = Object.fromEntries(choices.filter((n) => v[n].length > 0).map((n) => [n, v[n]])) as Partial<Choices>;
  const moments = Object.fromEntries(times.flatMap((n) => {
    const t = v[n] && momentOf(v[n], now);
    return t ? [[n, t.toISOString()]] : [];
  })) as Partial<Record<TimeFilter, string>>;
  return {
    // Only closed alerts have a verdict.
    ...(v.status.length > 0 || v.verdict.length > 0 ? {} : { open: true }),
    ...lists,
    ...(Object.fromEntries(texts.filter((n) => v[n]).map((n) => [n, v[n]])) as Partial<Record<TextFilter, string>>),
    ...moments,
  };
}

/** Chip is one filter that holds, as it is shown, with the view without it. */
export interface Chip {
  key: string;
  label: string;
  without: Partial<AlertsView>;
}

const filterName: Record<TextFilter, string> = {
  text: "Text", assignee: "Assignee", rule: "Rule", tag: "Tag", host: "Host", user: "User", entity: "Entity", technique: "Technique", tactic: "Tactic",
};

/** chipsOf are the filters that have no control of their own in sight. */
export function chipsOf(v: AlertsView): Chip[] {
  const several = <N extends "level" | "origin" | "verdict">(name: N, title: string, words: (value: AlertsView[N][number]) => string): Chip[] =>
    v[name].map((value) => ({ key: `${name} ${value}`, label: `${title}: ${words(value)}`, without: { [name]: v[name].filter((x) => x !== value) } }));
  const names = texts.filter((n) => n !== "text" && n !== "assignee" && v[n] !== "");
  return [
    ...several("level", "Level", (l) => l), ...several("origin", "Raised by", (o) => originName[o]), ...several("verdict", "Verdict", (x) => verdictName[x]),
    ...names.map((n) => ({ key: n, label: `${filterName[n]}: ${n === "tactic" ? tacticName(v[n]) : v[n]}`, without: { [n]: "" } })),
    ...(v.from || v.to ? [{ key: "time", label: `Happened ${span(v.from, v.to)}`, without: { from: "", to: "" } }] : []),
    ...(v.updated ? [{ key: "updated", label: `Changed ${span(v.updated, "")}`, without: { updated: "" } }] : []),
  ];
}

function span(from: string, to: string): string {
  const written = (t: string) => t.replace(/\.\d+Z$/, "Z").replace("T", " ");
  const ago = /^now-(\d+)([mhdw])$/.exec(from);
  if (ago && (to === "" || to === "now")) return `in the last ${ago[1] ?? ""} ${{ m: "minutes", h: "hours", d: "days", w: "weeks" }[ago[2] ?? ""] ?? ""}`;
  if (from && to) return `from ${written(from)} to ${written(to)}`;
  return from ? `since ${written(from)}` : `before ${written(to)}`;
}

/** inWords is a view of the queue in a few words: which statuses it shows. */
export function inWords(v: AlertsView): string {
  return v.status.length === 0 ? (v.verdict.length > 0 ? "closed" : "open") : v.status.map((s) => statusName[s].toLowerCase()).join(", ");
}
