import { Skeleton, Text } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useNavigate } from "react-router";
import { defaultSplit } from "../events/view";
import { count, short } from "../time/format";
import { chartHours, useArrivals } from "./queries";

const HistogramChart = lazy(async () => ({ default: (await import("../events/HistogramChart")).HistogramChart }));

/** Arrivals shows the events of the last hour by table. Dragging across it goes to the events. */
export function Arrivals() {
  const arrivals = useArrivals();
  const go = useNavigate();
  const h = arrivals.data;
  const total = h?.buckets.reduce((sum, b) => sum + b.count, 0) ?? 0;
  return (
    <section className="panel" aria-label="Events of the last hour">
      <h2>
        Events of the last hour by table
        {h && <Text span size="xs" c="dimmed" ml="sm">{count(total)} events, {short(total / (chartHours * 3600))} a second; drag across to see them</Text>}
      </h2>
      <div style={{ padding: 8 }}>
        {h ? (
          <Suspense fallback={<Skeleton h={132} />}>
            <HistogramChart histogram={h} splitBy={defaultSplit} onSelect={(from, to) => void go(`/events?${new URLSearchParams({ from: from.toISOString(), to: to.toISOString() }).toString()}`)} />
          </Suspense>
        ) : <Skeleton h={132} />}
      </div>
    </section>
  );
}
