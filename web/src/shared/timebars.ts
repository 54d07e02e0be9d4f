// Counts over time as the chart library wants them: stacked bars with axes, units and a tooltip.
import { count, short, tick, toSeconds } from "../time/format";
import type { Zone } from "../time/format";

export interface Bars {
  name: string;
  colour: string;
  counts: number[];
}

export interface TimeBars {
  starts: Date[];
  /** Width of a bar. */
  seconds: number;
  /** What is counted, in the plural. */
  unit: string;
  bars: Bars[];
}

/** A chart has at most so many bars. */
const most = 100;

/** stepFor is the width of bars, in seconds, that shows a range in a number of them that can be told apart. */
export function stepFor(from: Date, to: Date, finest: number): number {
  const steps = [60, 300, 900, 3_600, 3 * 3_600, 6 * 3_600, 86_400, 7 * 86_400, 30 * 86_400].filter((s) => s >= finest);
  const range = (to.getTime() - from.getTime()) / 1000;
  return steps.find((s) => range / s <= most) ?? Math.ceil(range / most);
}

/** startsOf are the beginnings of all bars of a range, also of those that will be empty. Days begin when they do for the reader. */
export function startsOf(from: Date, to: Date, seconds: number, zone: Zone): Date[] {
  const width = seconds * 1000;
  const east = zone === "utc" ? 0 : -from.getTimezoneOffset() * 60_000;
  const starts: Date[] = [];
  for (let t = Math.floor((from.getTime() + east) / width) * width - east; t < to.getTime() && starts.length <= 2 * most; t += width) starts.push(new Date(t));
  return starts;
}

/** binned adds up what happened within each bar. */
export function binned<T>(items: readonly T[], starts: readonly Date[], seconds: number, time: (item: T) => string, amount: (item: T) => number): number[] {
  const sums = starts.map(() => 0);
  const first = starts[0]?.getTime() ?? 0;
  for (const item of items) {
    const i = Math.floor((Date.parse(time(item)) - first) / (seconds * 1000));
    if (i >= 0 && i < sums.length) sums[i] = (sums[i] ?? 0) + amount(item);
  }
  return sums;
}

/** labelsOf names bars: by their time of day within two days, otherwise by the day where one begins. */
export function labelsOf(starts: readonly Date[], seconds: number, zone: Zone): string[] {
  const long = starts.length * seconds > 2 * 86_400;
  const day = (t: Date) => tick(t, zone, 86_400);
  return starts.map((t, i) => {
    const before = starts[i - 1];
    if (seconds >= 86_400 || (before && day(before) !== day(t))) return day(t);
    return long ? "" : tick(t, zone, seconds);
  });
}

interface TooltipItem {
  dataIndex: number;
}

export function timeBarsOption({ starts, seconds, unit, bars }: TimeBars, zone: Zone, dark: boolean) {
  const muted = dark ? "#9aa6a9" : "#566060";
  const line = dark ? "#273033" : "#e2e5e4";
  const labels = labelsOf(starts, seconds, zone);
  return {
    animation: false,
    textStyle: { fontFamily: "'Inter Variable', sans-serif" },
    grid: { left: 46, right: 12, top: 26, bottom: 24 },
    xAxis: {
      type: "category", data: labels, axisTick: { show: false }, axisLine: { lineStyle: { color: line } },
      axisLabel: { color: muted, fontSize: 11, hideOverlap: true, interval: (i: number) => labels[i] !== "" },
    },
    yAxis: {
      type: "value", minInterval: 1, splitNumber: 3, splitLine: { lineStyle: { color: line } }, axisLabel: { color: muted, fontSize: 11, formatter: (n: number) => short(n) },
      name: `${unit} per ${widthName(seconds)}`, nameLocation: "end", nameGap: 10, nameTextStyle: { color: muted, fontSize: 11, align: "left", padding: [0, 0, 0, -38] },
    },
    tooltip: {
      trigger: "axis", axisPointer: { type: "shadow" }, confine: true, backgroundColor: dark ? "#1a2022" : "#fff", borderColor: line,
      textStyle: { color: dark ? "#d3dadb" : "#1f2425", fontSize: 12 },
      formatter: (items: TooltipItem[]) => tooltip(starts, bars, items[0]?.dataIndex ?? 0, zone),
    },
    series: bars.map((b) => ({ type: "bar", name: b.name, stack: "all", data: b.counts, itemStyle: { color: b.colour }, barCategoryGap: "18%", barMaxWidth: 36, emphasis: { disabled: true } })),
  };
}

/** widthName says how long a bar is. */
export function widthName(seconds: number): string {
  const units: [number, string][] = [[86_400, "day"], [3_600, "hour"], [60, "minute"]];
  const [size, name] = units.find(([s]) => seconds >= s && seconds % s === 0) ?? [1, "second"];
  const n = seconds / size;
  return n === 1 ? name : `${count(n)} ${name}s`;
}

/** tooltip is made of elements, not of markup: names of rules may be in it. */
function tooltip(starts: Date[], bars: Bars[], i: number, zone: Zone): HTMLElement {
  const box = document.createElement("div");
  const start = starts[i];
  if (!start) return box;
  const head = document.createElement("div");
  head.textContent = toSeconds(start, zone);
  box.append(head);
  for (const b of bars) {
    const row = document.createElement("div");
    row.style.cssText = "display:flex;gap:14px;justify-content:space-between";
    const label = document.createElement("span");
    label.textContent = b.name;
    label.style.cssText = `border-left:8px solid ${b.colour};padding-left:6px`;
    const number = document.createElement("b");
    number.textContent = count(b.counts[i] ?? 0);
    row.append(label, number);
    box.append(row);
  }
  return box;
}
