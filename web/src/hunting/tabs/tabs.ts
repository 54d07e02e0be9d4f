// The tabs of the editor: kept in this browser, and brought into an address that others can open.
import { defaultHuntRange, parameterTypes } from "../view";
import type { Range } from "../../time/range";
import type { Parameter } from "../wire";

export interface Tab {
  id: string;
  name: string;
  text: string;
  range: Range;
  parameters: Parameter[];
  /** The saved hunt that it shows. */
  saved?: number;
}

export interface Tabs {
  tabs: Tab[];
  active: string;
}

export const mostTabs = 30;
const longestText = 64 * 1024;

/** blank is a tab with nothing in it; its name is the first number that is free. */
export function blank(tabs: readonly Tab[], id: string): Tab {
  const names = new Set(tabs.map((t) => t.name));
  let n = 1;
  while (names.has(`Query ${n}`)) n++;
  return { id, name: `Query ${n}`, text: "", range: defaultHuntRange, parameters: [] };
}

/** firstTabs is what somebody begins with. */
export function firstTabs(id: string): Tabs {
  return { tabs: [blank([], id)], active: id };
}

/** tabsOf reads what was kept; what makes no sense is left out. */
export function tabsOf(kept: string | undefined, id: string): Tabs {
  let value: unknown;
  try {
    value = JSON.parse(kept ?? "");
  } catch {
    return firstTabs(id);
  }
  const tabs = list(member(value, "tabs")).flatMap((t) => tabOf(t) ?? []).slice(0, mostTabs);
  const [first] = tabs;
  if (!first) return firstTabs(id);
  const active = member(value, "active");
  return { tabs, active: tabs.find((t) => t.id === active)?.id ?? first.id };
}

function tabOf(value: unknown): Tab | undefined {
  const [id, name, text] = [member(value, "id"), member(value, "name"), member(value, "text")];
  if (typeof id !== "string" || id === "" || typeof name !== "string" || typeof text !== "string") return undefined;
  const [from, to, saved] = [member(member(value, "range"), "from"), member(member(value, "range"), "to"), member(value, "saved")];
  return {
    id, name: name.slice(0, 100), text: text.slice(0, longestText), range: typeof from === "string" && typeof to === "string" ? { from, to } : defaultHuntRange,
    parameters: list(member(value, "parameters")).flatMap((p) => parameterOf(p) ?? []).slice(0, 50), ...(typeof saved === "number" ? { saved } : {}),
  };
}

function parameterOf(value: unknown): Parameter | undefined {
  const [name, type, text, description] = [member(value, "name"), member(value, "type"), member(value, "value"), member(value, "description")];
  const known = parameterTypes.find((t) => t === type);
  if (typeof name !== "string" || !known || typeof text !== "string") return undefined;
  return { name, type: known, value: text, ...(typeof description === "string" ? { description } : {}) };
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export type TabChange =
  | { do: "add"; tab: Tab }
  | { do: "close"; id: string; fresh: string }
  | { do: "show"; id: string }
  | { do: "move"; id: string; to: number }
  | { do: "set"; id: string; part: Partial<Omit<Tab, "id" | "saved">> & { saved?: number | undefined } };

/** changed gives the tabs after a change. There is always one, and never more than mostTabs: the oldest that is not shown gives way. */
export function changed(t: Tabs, change: TabChange): Tabs {
  switch (change.do) {
    case "add": {
      const leaves = t.tabs.length < mostTabs ? undefined : t.tabs.find((x) => x.id !== t.active);
      const room = t.tabs.filter((x) => x !== leaves);
      return { tabs: [...room, change.tab], active: change.tab.id };
    }
    case "close": {
      const at = t.tabs.findIndex((x) => x.id === change.id);
      if (at < 0) return t;
      const tabs = t.tabs.toSpliced(at, 1);
      if (tabs.length === 0) return firstTabs(change.fresh);
      return { tabs, active: t.active === change.id ? (tabs[Math.min(at, tabs.length - 1)]?.id ?? "") : t.active };
    }
    case "show":
      return t.tabs.some((x) => x.id === change.id) ? { ...t, active: change.id } : t;
    case "move": {
      const at = t.tabs.findIndex((x) => x.id === change.id);
      const tab = t.tabs[at];
      return tab ? { ...t, tabs: t.tabs.toSpliced(at, 1).toSpliced(Math.max(0, Math.min(t.tabs.length - 1, change.to)), 0, tab) } : t;
    }
    case "set":
      return { ...t, tabs: t.tabs.map((x) => (x.id === change.id ? set(x, change.part) : x)) };
  }
}

function set(tab: Tab, part: (TabChange & { do: "set" })["part"]): Tab {
  const { saved, ...rest } = part;
  const next: Tab = { ...tab, ...rest };
  if (!("saved" in part)) return next;
  delete next.saved;
  return saved === undefined ? next : { ...next, saved };
}
