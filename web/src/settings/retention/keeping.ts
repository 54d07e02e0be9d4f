// What is kept of events, as the form writes it.
import { bytes, count } from "../../time/format";

export interface Keeping {
  /** Absent: whatever the age. */
  maxAgeDays?: number;
  /** Absent: whatever the size. */
  maxBytes?: number;
}

export const units = ["MiB", "GiB", "TiB"] as const;
export type Unit = (typeof units)[number];
const sizeOf: Record<Unit, number> = { MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

export interface KeepingForm {
  byAge: boolean;
  days: number | string;
  bySize: boolean;
  size: number | string;
  unit: Unit;
}

export function formOf(k: Keeping): KeepingForm {
  const size = k.maxBytes ?? 0;
  const unit = size > 0 ? units.findLast((u) => size >= sizeOf[u] && size % sizeOf[u] === 0) ?? units.findLast((u) => size >= sizeOf[u]) ?? "MiB" : "GiB";
  return { byAge: (k.maxAgeDays ?? 0) > 0, days: k.maxAgeDays || 90, bySize: size > 0, size: size > 0 ? Math.round((100 * size) / sizeOf[unit]) / 100 : 500, unit };
}

/** keepingOf reads the form; undefined while something is left to fill in. */
export function keepingOf(f: KeepingForm): Keeping | undefined {
  if ((f.byAge && !(Number(f.days) > 0)) || (f.bySize && !(Number(f.size) > 0))) return undefined;
  return { ...(f.byAge ? { maxAgeDays: Number(f.days) } : {}), ...(f.bySize ? { maxBytes: Math.round(Number(f.size) * sizeOf[f.unit]) } : {}) };
}

export function sameKeeping(a: Keeping, b: Keeping): boolean {
  return (a.maxAgeDays ?? 0) === (b.maxAgeDays ?? 0) && (a.maxBytes ?? 0) === (b.maxBytes ?? 0);
}

/** inWords says what is kept. */
export function inWords(k: Keeping): string {
  const age = k.maxAgeDays ? `for ${k.maxAgeDays === 1 ? "a day" : `${count(k.maxAgeDays)} days`}` : "whatever their age";
  return k.maxBytes ? `${age}, and no more than ${bytes(k.maxBytes)} of them` : age;
}
