// How values of a result are written: for the eye, for the clipboard, for comparing.
import { visible } from "../../events/document";
import type { Zone } from "../../time/format";
import { timestamp } from "../../time/format";

/** No cell shows more of a value; the detail of the row does. */
export const cellLength = 400;

export const numeric = new Set(["int", "long", "real", "decimal"]);

/** plain is a value as text: what is copied, filtered and written to files. */
export function plain(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : JSON.stringify(value);
}

/** shown is a value as it is read: moments in the reader's zone, and nothing that could disguise what it says. */
export function shown(value: unknown, type: string, zone: Zone, length = cellLength): string {
  if (type === "datetime" && typeof value === "string") {
    const t = new Date(value);
    if (!Number.isNaN(t.getTime())) return timestamp(t, zone);
  }
  const text = typeof value === "string" ? value : plain(value);
  return visible(text.length > length ? text.slice(0, length) : text);
}

/** numberOf is a value as a number: of numbers, and of what stands for one as text because it is too large or none. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const n = Number(value);
  return Number.isNaN(n) ? undefined : n;
}

/** secondsOf is a timespan, d.hh:mm:ss.fffffff, in seconds. */
export function secondsOf(text: string): number | undefined {
  const m = /^(-)?(?:(\d+)\.)?(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text);
  if (!m) return undefined;
  const seconds = Number(m[2] ?? 0) * 86_400 + Number(m[3]) * 3_600 + Number(m[4]) * 60 + Number(m[5]);
  return m[1] ? -seconds : seconds;
}

/** measure is a value as a number that orders and draws it, by its type. */
export function measure(value: unknown, type: string): number | undefined {
  if (type === "datetime") {
    const t = typeof value === "string" ? Date.parse(value) : NaN;
    return Number.isNaN(t) ? undefined : t;
  }
  if (type === "timespan") return typeof value === "string" ? secondsOf(value) : undefined;
  return numeric.has(type) || type === "bool" || typeof value === "number" ? numberOf(value) : undefined;
}

export const isEmpty = (value: unknown): boolean => value === null || value === undefined || value === "";
