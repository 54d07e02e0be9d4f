import { useComputedColorScheme } from "@mantine/core";
import type { EChartsType } from "echarts/core";
import { useEffect, useMemo, useRef } from "react";
import type { Histogram } from "../api/client";
import { useZone } from "../app/preferences";
import { init } from "./chart";
import { histogramOption } from "./histogram";

interface Props {
  histogram: Histogram;
  splitBy: string;
  onSelect: (from: Date, to: Date) => void;
}

/** HistogramChart shows events over time; dragging across it selects a time range. */
export function HistogramChart({ histogram, splitBy, onSelect }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(null);
  const { zone } = useZone();
  const dark = useComputedColorScheme("light") === "dark";
  const option = useMemo(() => histogramOption(histogram, splitBy, zone, dark), [histogram, splitBy, zone, dark]);
  const select = useRef<(first: number, last: number) => void>(() => undefined);
  useEffect(() => {
    select.current = (first, last) => {
      const from = histogram.buckets[Math.max(0, first)];
      const until = histogram.buckets[Math.min(last, histogram.buckets.length - 1)];
      if (from && until) onSelect(new Date(from.start), new Date(Date.parse(until.start) + histogram.intervalSeconds * 1000));
    };
  });

  useEffect(() => {
    if (!parent.current) return;
    const c = init(parent.current);
    chart.current = c;
    c.on("brushEnd", (e) => {
      const area = (e as { areas: { coordRange?: [number, number] }[] }).areas[0]?.coordRange;
      c.dispatchAction({ type: "brush", areas: [] });
      if (area) select.current(area[0], area[1]);
    });
    const observer = new ResizeObserver(() => c.resize());
    observer.observe(parent.current);
    return () => {
      observer.disconnect();
      c.dispose();
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption(option, { notMerge: true });
    chart.current?.dispatchAction({ type: "takeGlobalCursor", key: "brush", brushOption: { brushType: "lineX", brushMode: "single" } });
  }, [option]);

  const total = histogram.buckets.reduce((sum, b) => sum + b.count, 0);
  return (
    <div
      ref={parent} style={{ height: 120, width: "100%" }} role="img"
      aria-label={`Events over time: ${total} in ${histogram.buckets.length} intervals${splitBy ? `, split by ${splitBy}` : ""}`}
    />
  );
}
