// Time ranges: each end is "now", "now-15m" and the like, or an absolute time in ISO 8601.

export interface Range {
  from: string;
  to: string;
}

export interface Moments {
  from: Date;
  to: Date;
}

export const defaultRange: Range = { from: "now-24h", to: "now" };

const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** momentOf gives the moment that one end of a range means; undefined when it is not understood. */
export function momentOf(end: string, now: Date): Date | undefined {
  const text = end.trim();
  if (text === "now") return now;
  const m = /^now-(\d{1,6})([smhdw])$/.exec(text);
  if (m) return new Date(now.getTime() - Number(m[1]) * (units[m[2] ?? ""] ?? 0));
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  const t = new Date(text);
  return Number.isNaN(t.getTime()) ? undefined : t;
}

/** momentsOf gives both moments of a range, or undefined when it is not understood or empty. */
export function momentsOf(range: Range, now: Date): Moments | undefined {
  const from = momentOf(range.from, now);
  const to = momentOf(range.to, now);
  return from && to && from < to ? { from, to } : undefined;
}

export const presets: { label: string; range: Range }[] = [
  ["15 minutes", "15m"],
  ["1 hour", "1h"],
  ["4 hours", "4h"],
  ["24 hours", "24h"],
  ["3 days", "3d"],
  ["7 days", "7d"],
  ["30 days", "30d"],
  ["90 days", "90d"],
].map(([label, ago]) => ({ label: `Last ${label}`, range: { from: `now-${ago}`, to: "now" } }));

export function isRelative(range: Range): boolean {
  return range.from.startsWith("now") || range.to.startsWith("now");
}

function absolute(from: number, to: number): Range {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

/** widened looks at twice as much, in both directions. */
export function widened({ from, to }: Moments): Range {
  const half = (to.getTime() - from.getTime()) / 2;
  return absolute(from.getTime() - half, to.getTime() + half);
}

/** shifted goes on by half of the range: to what was before (-1) or came after (1). */
export function shifted({ from, to }: Moments, direction: -1 | 1): Range {
  const by = (direction * (to.getTime() - from.getTime())) / 2;
  return absolute(from.getTime() + by, to.getTime() + by);
}
