import { useComputedColorScheme } from "@mantine/core";
import type { EChartsType } from "echarts/core";
import { useEffect, useMemo, useRef } from "react";
import { useZone } from "../app/preferences";
import { init } from "../events/chart";
import { count } from "../time/format";
import { timeBarsOption } from "./timebars";
import type { TimeBars } from "./timebars";

/** TimeBarsChart shows counts over time. */
export function TimeBarsChart({ data, label, height = 150 }: { data: TimeBars; label: string; height?: number }) {
  const parent = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(null);
  const { zone } = useZone();
  const dark = useComputedColorScheme("light") === "dark";
  const option = useMemo(() => timeBarsOption(data, zone, dark), [data, zone, dark]);
  useEffect(() => {
    if (!parent.current) return;
    const c = init(parent.current);
    chart.current = c;
    const observer = new ResizeObserver(() => c.resize());
    observer.observe(parent.current);
    return () => {
      observer.disconnect();
      c.dispose();
    };
  }, []);
  useEffect(() => chart.current?.setOption(option, { notMerge: true }), [option]);
  const totals = data.bars.map((b) => `${count(b.counts.reduce((a, n) => a + n, 0))} ${b.name}`);
  return <div ref={parent} style={{ height, width: "100%" }} role="img" aria-label={`${label}: ${totals.join(", ")}`} />;
}
