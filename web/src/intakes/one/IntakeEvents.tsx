import { Anchor, Group, Skeleton, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { Link, useNavigate } from "react-router";
import { seriesOf } from "../../events/histogram";
import { defaultSplit } from "../../events/view";
import { Failure } from "../../shared/states";
import { count } from "../../time/format";
import { TimeRangePicker } from "../../time/TimeRangePicker";
import { useIntakeEvents } from "../queries";
import { queryOf } from "../words";

const HistogramChart = lazy(async () => ({ default: (await import("../../events/HistogramChart")).HistogramChart }));

/** IntakeEvents shows the events of an intake over time, by table. Dragging across it goes to them. */
export function IntakeEvents({ name }: { name: string }) {
  const [range, setRange] = useState({ from: "now-1h", to: "now" });
  const events = useIntakeEvents(name, range);
  const go = useNavigate();
  const to = (from: string, until: string) => `/events?${new URLSearchParams({ q: queryOf(name), from, to: until }).toString()}`;
  const h = events.data;
  return (
    <section className="panel" aria-label="Events by table">
      <h2>
        <Group component="span" justify="space-between" gap="xs">
          <span>Events over time by table{h && <Text span size="xs" c="dimmed" ml="sm">{count(h.buckets.reduce((sum, b) => sum + b.count, 0))} events; drag across to see them, or <Anchor component={Link} to={to(range.from, range.to)} size="xs" underline="always">show all</Anchor></Text>}</span>
          <TimeRangePicker range={range} onChange={setRange} />
        </Group>
      </h2>
      <div style={{ padding: 8 }}>
        {events.isError && !h && <Failure error={events.error} retry={() => void events.refetch()} />}
        {h && (
          <>
            <Suspense fallback={<Skeleton h={132} />}><HistogramChart histogram={h} splitBy={defaultSplit} onSelect={(from, until) => void go(to(from.toISOString(), until.toISOString()))} /></Suspense>
            <Group gap="md" px="xs">{seriesOf(h, defaultSplit).map((s) => (
              <Group key={s.name} gap={6}><span aria-hidden style={{ width: 10, height: 10, borderRadius: 2, background: s.colour }} /><Text size="xs">{s.name} <Text span size="xs" c="dimmed">{count(s.total)}</Text></Text></Group>
            ))}
            </Group>
          </>
        )}
        {events.isPending && <Skeleton h={132} />}
      </div>
    </section>
  );
}
