// The histogram as the chart library wants it.
import type { Histogram } from "../api/client";
import { series as palette, seriesOther } from "../theme";
import { count, short, tick, toSeconds } from "../time/format";
import type { Zone } from "../time/format";

export interface Series {
  name: string;
  colour: string;
  total: number;
  counts: number[];
}

/** What the server counts under no value of its own: those beyond its limit, and those without the field. */
const unnamed = new Set(["(other)", "(none)"]);

/** seriesOf gives the bars' parts, largest first; what no value of the split accounts for comes last. */
export function seriesOf(h: Histogram, splitBy: string): Series[] {
  const first = palette[0] ?? seriesOther;
  const total = h.buckets.reduce((sum, b) => sum + b.count, 0);
  if (!splitBy) return [{ name: "events", colour: first, total, counts: h.buckets.map((b) => b.count) }];
  const totals = new Map<string, number>();
  for (const b of h.buckets) for (const [k, n] of Object.entries(b.split ?? {})) totals.set(k, (totals.get(k) ?? 0) + n);
  const named = [...totals]
    .filter(([name]) => !unnamed.has(name))
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, palette.length);
  const all = named.map(([name, sum], i) => ({
    name, total: sum, colour: palette[i] ?? seriesOther, counts: h.buckets.map((b) => b.split?.[name] ?? 0),
  }));
  const rest = h.buckets.map((b) => b.count - named.reduce((sum, [name]) => sum + (b.split?.[name] ?? 0), 0));
  const restTotal = rest.reduce((a, b) => a + b, 0);
  return restTotal > 0 ? [...all, { name: "others", colour: seriesOther, total: restTotal, counts: rest }] : all;
}

interface TooltipItem {
  dataIndex: number;
}

export function histogramOption(h: Histogram, splitBy: string, zone: Zone, dark: boolean) {
  const muted = dark ? "#9aa6a9" : "#566060";
  const line = dark ? "#273033" : "#e2e5e4";
  const parts = seriesOf(h, splitBy);
  const starts = h.buckets.map((b) => new Date(b.start));
  return {
    animation: false,
    textStyle: { fontFamily: "'Inter Variable', sans-serif" },
    grid: { left: 46, right: 10, top: 12, bottom: 22 },
    brush: { xAxisIndex: 0, brushStyle: { borderWidth: 1, color: "rgba(20,128,141,0.18)", borderColor: "#14808d" }, throttleType: "debounce", throttleDelay: 0 },
    xAxis: {
      type: "category", data: starts.map((t) => tick(t, zone, h.intervalSeconds)), axisTick: { show: false }, axisLine: { lineStyle: { color: line } },
      axisLabel: { color: muted, fontSize: 11, hideOverlap: true },
    },
    yAxis: {
      type: "value", minInterval: 1, splitNumber: 3, splitLine: { lineStyle: { color: line } },
      axisLabel: { color: muted, fontSize: 11, formatter: (n: number) => short(n) },
    },
    tooltip: {
      trigger: "axis", axisPointer: { type: "shadow" }, confine: true, backgroundColor: dark ? "#1a2022" : "#fff", borderColor: line,
      textStyle: { color: dark ? "#d3dadb" : "#1f2425", fontSize: 12 },
      formatter: (items: TooltipItem[]) => tooltip(h, parts, items[0]?.dataIndex ?? 0, zone),
    },
    series: parts.map((s) => ({
      type: "bar", name: s.name, stack: "all", data: s.counts, itemStyle: { color: s.colour }, barCategoryGap: "12%", emphasis: { disabled: true },
    })),
  };
}

/** tooltip is made of elements, not of markup: the values of events are in it. */
function tooltip(h: Histogram, parts: Series[], i: number, zone: Zone): HTMLElement {
  const box = document.createElement("div");
  const bucket = h.buckets[i];
  if (!bucket) return box;
  const row = (name: string, n: number, colour?: string) => {
    const line = document.createElement("div");
    line.style.cssText = "display:flex;gap:14px;justify-content:space-between";
    const label = document.createElement("span");
    label.textContent = name.length > 48 ? `${name.slice(0, 47)}…` : name;
    if (colour) label.style.cssText = `border-left:8px solid ${colour};padding-left:6px`;
    const number = document.createElement("b");
    number.textContent = count(n);
    line.append(label, number);
    box.append(line);
  };
  row(toSeconds(new Date(bucket.start), zone), bucket.count);
  if (parts.length > 1) for (const s of parts) if (s.counts[i]) row(s.name, s.counts[i], s.colour);
  return box;
}
