// A chart of a result as the chart library wants it.
import { visible } from "../../events/document";
import { series as palette } from "../../theme";
import { count, short, toSeconds } from "../../time/format";
import type { Zone } from "../../time/format";
import type { Chart, Series } from "./choose";

const longestName = 60;
const name = (text: string): string => {
  const safe = visible(text).replace(/\s+/g, " ");
  return safe.length > longestName ? `${safe.slice(0, longestName - 1)}…` : safe;
};

interface Point {
  seriesIndex?: number;
  dataIndex?: number;
  color?: unknown;
  value?: unknown;
  percent?: number;
}

const amount = (n: number): string => (Number.isInteger(n) ? count(n) : n.toLocaleString("en-GB", { maximumFractionDigits: 3 }));

/** optionOf is the chart with axes, legend and tooltip. */
export function optionOf(chart: Chart, zone: Zone, dark: boolean): Record<string, unknown> {
  const muted = dark ? "#9aa6a9" : "#566060";
  const line = dark ? "#273033" : "#e2e5e4";
  const text = dark ? "#d3dadb" : "#1f2425";
  const common = {
    animation: false, textStyle: { fontFamily: "'Inter Variable', sans-serif" }, color: palette, useUTC: zone === "utc",
    tooltip: { confine: true, backgroundColor: dark ? "#1a2022" : "#fff", borderColor: line, textStyle: { color: text, fontSize: 12 } },
    ...(chart.title ? { title: { text: name(chart.title), left: 12, top: 4, textStyle: { color: text, fontSize: 13, fontWeight: 600 } } } : {}),
    ...(chart.legend && (chart.series.length > 1 || chart.kind === "piechart")
      ? { legend: { type: "scroll", bottom: 0, left: 12, right: 12, itemWidth: 10, itemHeight: 10, textStyle: { color: muted, fontSize: 11 }, pageTextStyle: { color: muted }, pageIconColor: muted, formatter: (n: string) => name(n) } }
      : {}),
  };
  return chart.kind === "piechart" ? pieOption(common, chart, text) : axesOption(common, chart, zone, { muted, line });
}

function pieOption(common: { tooltip: object }, chart: Chart, text: string): Record<string, unknown> {
  const points = chart.series[0]?.points ?? [];
  const total = points.reduce((sum, [, y]) => sum + (y ?? 0), 0);
  return {
    ...common,
    tooltip: { ...common.tooltip, trigger: "item", formatter: (p: Point) => box(chart.categories[p.dataIndex ?? 0] ?? "", [[p.color, chart.y, `${amount(points[p.dataIndex ?? 0]?.[1] ?? 0)} (${(p.percent ?? 0).toFixed(1)} %)`]]) },
    series: [{
      type: "pie", radius: ["0%", "66%"], center: ["50%", "48%"], data: points.map(([i, y]) => ({ name: chart.categories[i], value: y })), label: { color: text, fontSize: 11, formatter: (p: { name: string; value: number }) => `${name(p.name)}  ${total > 0 ? ((100 * p.value) / total).toFixed(1) : 0} %` },
      itemStyle: { borderWidth: 1, borderColor: "transparent" },
    }],
  };
}

function axesOption(common: { tooltip: object; legend?: object; title?: object }, chart: Chart, zone: Zone, { muted, line }: { muted: string; line: string }): Record<string, unknown> {
  const flat = chart.kind === "barchart";
  const axisLabel = { color: muted, fontSize: 11, hideOverlap: true };
  const named = { nameTextStyle: { color: muted, fontSize: 11 } };
  const along = chart.axis === "category"
    ? { type: "category", data: chart.categories, axisTick: { show: false }, axisLine: { lineStyle: { color: line } }, axisLabel: { ...axisLabel, formatter: (n: string) => name(n).slice(0, 28), ...(flat || chart.categories.length <= 6 ? {} : { rotate: 32 }) }, ...(flat ? { inverse: true } : {}) }
    : { type: chart.axis === "time" ? "time" : chart.logarithmic.x ? "log" : "value", scale: true, axisLine: { lineStyle: { color: line } }, splitLine: { show: false }, axisLabel: chart.axis === "time" ? axisLabel : { ...axisLabel, formatter: (n: number) => short(n) } };
  const measured = {
    type: chart.logarithmic.y ? "log" : "value", splitLine: { lineStyle: { color: line } }, axisLabel: { ...axisLabel, formatter: (n: number) => (chart.stacked === "100%" ? `${n} %` : n < 0 ? `−${short(-n)}` : short(n)) },
    ...chart.bounds, ...(chart.stacked === "100%" ? { max: 100 } : {}),
  };
  const xName = { name: name(chart.x), nameLocation: "middle", ...named };
  const yName = { name: name(chart.y), nameLocation: "end", nameTextStyle: { ...named.nameTextStyle, align: "left" } };
  return {
    ...common,
    grid: { left: 12, right: 24, top: (common.title ? 26 : 0) + (chart.y || flat ? 34 : 16), bottom: common.legend ? 50 : 30, containLabel: true },
    xAxis: flat ? { ...measured, name: name(chart.y), nameLocation: "middle", nameGap: 24, ...named } : { ...along, ...(chart.axis === "category" ? {} : { ...xName, nameGap: 24 }) },
    yAxis: flat ? { ...along, name: name(chart.x), nameLocation: "start", ...named } : { ...measured, ...yName },
    tooltip: { ...common.tooltip, trigger: chart.kind === "scatterchart" ? "item" : "axis", axisPointer: { type: chart.axis === "category" ? "shadow" : "line" }, formatter: (p: Point | Point[]) => tooltip(chart, Array.isArray(p) ? p : [p], zone) },
    series: chart.series.map((s) => seriesOption(s, chart)),
  };
}

function seriesOption(s: Series, chart: Chart): Record<string, unknown> {
  const area = chart.kind === "areachart" || chart.kind === "stackedareachart";
  const stack = chart.stacked ? { stack: "all" } : {};
  const flat = chart.kind === "barchart";
  const data = flat ? s.points.map(([x, y]) => [y, x]) : s.points;
  if (chart.kind === "columnchart" || flat) return { type: "bar", name: s.name, data, ...stack, barMaxWidth: 40, emphasis: { disabled: true } };
  if (chart.kind === "scatterchart") return { type: "scatter", name: s.name, data, symbolSize: 7, large: s.points.length > 2_000 };
  return {
    type: "line", name: s.name, data, ...stack, showSymbol: s.points.length <= 60, symbolSize: 5, lineStyle: { width: 1.8 }, connectNulls: false, sampling: s.points.length > 2_000 ? "lttb" : undefined,
    ...(area ? { areaStyle: { opacity: chart.stacked ? 0.55 : 0.22 } } : {}), emphasis: { disabled: true },
  };
}

const mostInTooltip = 12;

function tooltip(chart: Chart, points: Point[], zone: Zone): HTMLElement {
  const flat = chart.kind === "barchart";
  const rows = points.flatMap((p): { x: number; row: [unknown, string, string]; y: number }[] => {
    const value = Array.isArray(p.value) ? (p.value as (number | null)[]) : [];
    const [x, y] = flat ? [value[1], value[0]] : [value[0], value[1]];
    if (x === null || x === undefined || y === null || y === undefined) return [];
    return [{ x, y, row: [p.color, chart.series[p.seriesIndex ?? 0]?.name ?? "", `${amount(y)}${chart.stacked === "100%" ? " %" : ""}`] }];
  }).sort((a, b) => b.y - a.y);
  const x = rows[0]?.x;
  const head = x === undefined ? "" : chart.axis === "time" ? toSeconds(new Date(x), zone) : chart.axis === "number" ? `${chart.x} ${amount(x)}` : (chart.categories[x] ?? "");
  const more = rows.length - mostInTooltip;
  return box(head, [...rows.slice(0, mostInTooltip).map((r) => r.row), ...(more > 0 ? [["transparent", `${more} more`, ""] as [unknown, string, string]] : [])]);
}

/** box is made of elements, not of markup: values of events are in it. */
function box(head: string, rows: [colour: unknown, name: string, value: string][]): HTMLElement {
  const outer = document.createElement("div");
  const title = document.createElement("div");
  title.textContent = name(head);
  outer.append(title);
  for (const [colour, label, value] of rows) {
    const row = document.createElement("div");
    row.style.cssText = "display:flex;gap:14px;justify-content:space-between";
    const left = document.createElement("span");
    left.textContent = name(label);
    left.style.borderLeft = `8px solid ${typeof colour === "string" ? colour : "transparent"}`;
    left.style.paddingLeft = "6px";
    const right = document.createElement("b");
    right.textContent = value;
    row.append(left, right);
    outer.append(row);
  }
  return outer;
}
