// The events of an alert on a time axis, a lane for each table.
import type { AlertEvent } from "../../api/client";
import { series, seriesOther } from "../../theme";
import { count, duration, toSeconds } from "../../time/format";
import type { Zone } from "../../time/format";

/** byTime puts events in the order in which they happened; each is there once, whatever the number of rules that it matched. */
export function byTime(events: readonly AlertEvent[]): AlertEvent[] {
  const known = new Set<string>();
  const once = events.filter((e) => !known.has(e.id) && known.add(e.id));
  return once.sort((a, b) => Date.parse(a.time) - Date.parse(b.time) || a.number - b.number);
}

/** lanesOf are the tables in the order in which they first appear. */
export function lanesOf(events: readonly AlertEvent[]): string[] {
  return [...new Set(events.map((e) => e.table))];
}

/** spanOf is the time that the axis shows: a little more than that of the events, and never nothing. */
export function spanOf(events: readonly AlertEvent[]): { min: number; max: number } {
  const times = events.map((e) => Date.parse(e.time));
  const first = Math.min(...times);
  const last = Math.max(...times);
  const room = Math.max((last - first) * 0.03, 500);
  return { min: first - room, max: last + room };
}

/** between says how long after the event before an event happened. */
export function between(before: AlertEvent | undefined, e: AlertEvent): string {
  if (!before) return "";
  const seconds = (Date.parse(e.time) - Date.parse(before.time)) / 1000;
  return seconds === 0 ? "same moment" : `+${duration(seconds)}`;
}

const laneHeight = 30;

export function chartHeight(lanes: number): number {
  return lanes * laneHeight + 44;
}

export interface Dot {
  id: string;
  value: [number, number];
}

/** timelineOption is the chart; the tooltip is made of elements, not of markup: the values of events are in it. */
export function timelineOption(events: readonly AlertEvent[], told: (e: AlertEvent) => string, zone: Zone, dark: boolean) {
  const muted = dark ? "#9aa6a9" : "#566060";
  const line = dark ? "#273033" : "#e2e5e4";
  const lanes = lanesOf(events);
  const span = spanOf(events);
  return {
    animation: false,
    textStyle: { fontFamily: "'Inter Variable', sans-serif" },
    grid: { left: 12, right: 24, top: 10, bottom: 30, containLabel: true },
    xAxis: {
      type: "value", min: span.min, max: span.max, splitNumber: 6, axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } },
      axisLabel: { color: muted, fontSize: 11, hideOverlap: true, showMinLabel: false, showMaxLabel: false, formatter: (t: number) => axisTime(t, span.max - span.min, zone) },
    },
    yAxis: {
      type: "category", data: lanes, inverse: true, axisTick: { show: false }, axisLine: { show: false }, splitLine: { show: true, lineStyle: { color: line } }, axisLabel: { color: muted, fontSize: 11 },
    },
    dataZoom: [{ type: "inside", xAxisIndex: 0, zoomOnMouseWheel: "ctrl", moveOnMouseMove: true, moveOnMouseWheel: false, filterMode: "none" }],
    tooltip: {
      trigger: "item", confine: true, backgroundColor: dark ? "#1a2022" : "#fff", borderColor: line, textStyle: { color: dark ? "#d3dadb" : "#1f2425", fontSize: 12 },
      extraCssText: "max-width:420px;white-space:normal;overflow-wrap:anywhere",
      formatter: (at: { dataIndex: number }) => tooltip(events, at.dataIndex, told, zone),
    },
    series: [{
      type: "scatter", symbolSize: 11, cursor: "pointer",
      data: events.map((e): Dot & { itemStyle: object } => {
        const lane = lanes.indexOf(e.table);
        return { id: e.id, value: [Date.parse(e.time), lane], itemStyle: { color: series[lane] ?? seriesOther, opacity: 0.85, borderColor: dark ? "#13181a" : "#fff", borderWidth: 1 } };
      }),
      emphasis: { scale: 1.7, itemStyle: { opacity: 1, borderColor: dark ? "#fff" : "#1f2425", borderWidth: 1.5 } },
    }],
  };
}

/** axisTime writes a moment as exactly as the span of the axis asks for. */
export function axisTime(t: number, span: number, zone: Zone): string {
  const at = new Date(t);
  if (span >= 4 * 86_400_000) return toSeconds(at, zone).slice(5, 10);
  if (span >= 86_400_000) return toSeconds(at, zone).slice(5, 16);
  if (span >= 600_000) return toSeconds(at, zone).slice(11, 16);
  return span >= 6_000 ? toSeconds(at, zone).slice(11) : `${toSeconds(at, zone).slice(11)}.${String(at.getUTCMilliseconds()).padStart(3, "0")}`;
}

function tooltip(events: readonly AlertEvent[], i: number, told: (e: AlertEvent) => string, zone: Zone): HTMLElement {
  const box = document.createElement("div");
  const e = events[i];
  if (!e) return box;
  const same = events.filter((o) => o.time === e.time && o.table === e.table).length;
  const line = (text: string, style: string) => {
    const div = document.createElement("div");
    div.textContent = text;
    div.style.cssText = style;
    box.append(div);
  };
  line(`${toSeconds(new Date(e.time), zone)} · ${e.table}`, "font-weight:600");
  line(told(e).slice(0, 400), "margin-top:2px");
  if (same > 1) line(`${count(same)} events of this moment`, "opacity:.75;margin-top:2px");
  return box;
}
