// The form of a hunt, and the address that fills it in.
import type { Work } from "../api/client";
import { defaultRange, momentsOf } from "../time/range";
import type { Range } from "../time/range";

export interface Hunt {
  rules: string[];
  range: Range;
  query: string;
  tables: string[];
  alerts: boolean;
  notify: boolean;
}

export function readHunt(params: URLSearchParams): Hunt {
  return {
    rules: params.getAll("rule").filter(Boolean), range: { from: params.get("from") ?? "now-7d", to: params.get("to") ?? defaultRange.to },
    query: params.get("q") ?? "", tables: params.getAll("table").filter(Boolean), alerts: params.get("alerts") === "true", notify: params.get("notify") === "true",
  };
}

export function writeHunt(h: Hunt): URLSearchParams {
  const params = new URLSearchParams();
  for (const r of h.rules) params.append("rule", r);
  if (h.range.from !== "now-7d") params.set("from", h.range.from);
  if (h.range.to !== "now") params.set("to", h.range.to);
  if (h.query) params.set("q", h.query);
  for (const t of h.tables) params.append("table", t);
  if (h.alerts) params.set("alerts", "true");
  if (h.alerts && h.notify) params.set("notify", "true");
  return params;
}

/** workOf is what the server is asked to do; undefined where the time range is none. */
export function workOf(h: Hunt, now: Date): Work | undefined {
  const moments = momentsOf(h.range, now);
  if (!moments) return undefined;
  return {
    kind: "detect", from: moments.from.toISOString(), to: moments.to.toISOString(), ...(h.rules.length > 0 ? { rules: h.rules } : {}), ...(h.tables.length > 0 ? { tables: h.tables } : {}),
    ...(h.query.trim() ? { query: h.query.trim() } : {}), ...(h.alerts ? { alerts: true, notify: h.notify } : {}),
  };
}

/** lastDays is the time range of a test: so many days up to now. */
export function lastDays(days: number, now: Date): { from: string; to: string } {
  return { from: new Date(now.getTime() - days * 86_400_000).toISOString(), to: now.toISOString() };
}
