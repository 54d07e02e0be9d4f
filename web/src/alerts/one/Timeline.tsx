import { useComputedColorScheme } from "@mantine/core";
import type { EChartsType } from "echarts/core";
import { useEffect, useMemo, useRef } from "react";
import type { AlertEvent } from "../../api/client";
import { useZone } from "../../app/preferences";
import { init } from "./chart";
import { chartHeight, lanesOf, timelineOption } from "./lanes";

interface Props {
  /** In the order of time. */
  events: AlertEvent[];
  told: (e: AlertEvent) => string;
  /** The event that the list points at. */
  marked: string | undefined;
  onPick: (event: string) => void;
}

/** Timeline shows events on a time axis, a lane for each table. Dragging moves it, the wheel with Ctrl zooms, a click picks an event. The list below it has the same for those who do not see it. */
export function Timeline({ events, told, marked, onPick }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(null);
  const { zone } = useZone();
  const dark = useComputedColorScheme("light") === "dark";
  const option = useMemo(() => timelineOption(events, told, zone, dark), [events, told, zone, dark]);
  const pick = useRef<(i: number) => void>(() => undefined);
  useEffect(() => {
    pick.current = (i) => {
      const e = events[i];
      if (e) onPick(e.id);
    };
  });
  useEffect(() => {
    if (!parent.current) return;
    const c = init(parent.current);
    chart.current = c;
    c.on("click", (e) => pick.current(e.dataIndex));
    const observer = new ResizeObserver(() => c.resize());
    observer.observe(parent.current);
    return () => {
      observer.disconnect();
      c.dispose();
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(option, { notMerge: true });
  }, [option]);
  useEffect(() => {
    const dataIndex = events.findIndex((e) => e.id === marked);
    chart.current?.dispatchAction({ type: "downplay", seriesIndex: 0 });
    if (dataIndex >= 0) chart.current?.dispatchAction({ type: "highlight", seriesIndex: 0, dataIndex });
  }, [events, marked, option]);
  const lanes = lanesOf(events).length;
  return <div ref={parent} style={{ height: chartHeight(lanes), width: "100%" }} role="img" aria-label={`${events.length} events over time in ${lanes} ${lanes === 1 ? "table" : "tables"}; the list below has them in order`} />;
}
