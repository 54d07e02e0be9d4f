import { Alert, Badge, Button, Group, Skeleton, Text } from "@mantine/core";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { Link } from "react-router";
import type { Event, Field, Histogram } from "../api/client";
import { Problem } from "../api/problem";
import { ExportButton } from "../exports/ExportDialog";
import { Empty, Failure, Loading } from "../shared/states";
import { count } from "../time/format";
import { momentsOf } from "../time/range";
import type { Column } from "./columns";
import { ColumnsMenu } from "./ColumnsMenu";
import { EventList } from "./EventList";
import type { OnFilter } from "./FilterButtons";
import { Legend } from "./Legend";
import { useHistogram } from "./queries";
import type { Selection } from "./queries";
import { RangeButtons } from "./RangeButtons";
import { useFound } from "./useFound";
import { useTail } from "./useTail";
import type { EventsView } from "./view";
import css from "./EventsPage.module.css";

// The chart library is the largest part of the page; the list does not wait for it.
const HistogramChart = lazy(async () => ({ default: (await import("./HistogramChart")).HistogramChart }));

/** How often the histogram follows a live tail. */
const liveRefresh = 10_000;

interface Props {
  view: EventsView;
  selection: Selection;
  fields: Field[];
  change: (part: Partial<EventsView>) => void;
  /** run changes the view and searches anew. */
  run: (part: Partial<EventsView>) => void;
  onFilter: OnFilter;
  onAgain: () => void;
  onUsual: (columns: Column[] | undefined) => void;
}

/** Results shows what a search found: the histogram and the list, each as soon as it is there. */
export function Results(props: Props) {
  const { view, selection, fields, change, run, onFilter, onUsual } = props;
  const live = useLiveSelection(view, selection);
  const histogram = useHistogram(live, view.split);
  const tail = useTail(view.query, view.live);
  return (
    <>
      <div className={css.summary}>
        <Group gap="xs">
          <Text component="div" fw={620} size="sm" data-testid="total" style={{ whiteSpace: "nowrap" }}>{histogram.data ? `${count(totalOf(histogram.data))} events` : histogram.fetchStatus === "idle" ? "not counted" : <Skeleton w={90} h={14} />}</Text>
          {view.live && <Badge color={tail.error ? "red" : "petrol"} variant="light" tt="none">{tail.error ? `not connected: ${tail.error.message}` : `live, ${count(tail.events.length)} arrived`}</Badge>}
          {tail.skipped > 0 && <Badge color="yellow" variant="light" tt="none">{count(tail.skipped)} left out: too many to show</Badge>}
          <RangeButtons moments={selection.moments} onRange={(range) => run({ range, live: false })} />
        </Group>
        <Group gap={6}>
          <ColumnsMenu columns={view.columns} fields={fields} onColumns={(columns) => change({ columns })} onUsual={onUsual} />
          <ExportButton query={view.query} moments={selection.moments} columns={view.columns} />
        </Group>
      </div>
      <div className={css.chart} data-stale={histogram.isPlaceholderData || undefined}>
        {histogram.data ? (
          <Suspense fallback={<Skeleton h={118} mx={8} mb={8} />}><HistogramChart histogram={histogram.data} splitBy={view.split} onSelect={(from, to) => run({ range: { from: from.toISOString(), to: to.toISOString() }, live: false })} /></Suspense>
        ) : histogram.isError ? (
          <Text size="sm" c="dimmed" ta="center" p="lg">{histogram.error instanceof Problem ? histogram.error.message : "No histogram: the server does not answer."}</Text>
        ) : histogram.fetchStatus === "idle" ? (
          <Text size="sm" c="dimmed" ta="center" p="lg">The counting was ended.</Text>
        ) : (
          <Skeleton h={118} mx={8} mb={8} />
        )}
        <Legend histogram={histogram.data} split={view.split} fields={fields} onSplit={(split) => change({ split })} onFilter={onFilter} />
      </div>
      <List {...props} arrived={tail.events} />
    </>
  );
}

/** useLiveSelection lets the time range move on while the view is live. */
function useLiveSelection(view: EventsView, selection: Selection): Selection {
  const [now, setNow] = useState<Date>();
  useEffect(() => {
    if (!view.live) return;
    const timer = setInterval(() => setNow(new Date()), liveRefresh);
    return () => {
      clearInterval(timer);
      setNow(undefined);
    };
  }, [view.live]);
  return useMemo(() => {
    const moments = now && momentsOf(view.range, now);
    return moments ? { ...selection, moments } : selection;
  }, [now, view.range, selection]);
}

function totalOf(h: Histogram): number {
  return h.buckets.reduce((sum, b) => sum + b.count, 0);
}

function List({ view, selection, change, run, onFilter, onAgain, arrived }: Props & { arrived: Event[] }) {
  // While live, the list begins with what was there when it was switched on; the tail brings what came since.
  const found = useFound(selection);
  const { at: foundAt, inSight: foundInSight } = found;
  const newer = useNewer(arrived, found.rows, foundAt);
  const offset = newer.length;
  const at = useCallback((row: number) => (row < offset ? newer[row] : foundAt(row - offset)), [newer, offset, foundAt]);
  const inSight = useCallback((first: number, last: number) => foundInSight(Math.max(0, first - offset), Math.max(0, last - offset)), [foundInSight, offset]);
  const open = useCallback((event: string) => change({ event }), [change]);
  const rows = offset + found.rows;
  if (rows === 0) {
    if (found.error) return <Failure error={found.error} retry={onAgain} />;
    if (found.idle) return <Empty title="The search was ended">Nothing was found until then.<Group justify="center" mt="md"><Button variant="light" onClick={onAgain}>Search again</Button></Group></Empty>;
    if (found.more) return <Loading what="events" />;
    return <Nothing view={view} run={run} />;
  }
  return (
    <>
      {found.warnings.map((w) => <Alert key={w} color="yellow" py={4} radius={0}>{w}</Alert>)}
      {found.error && <Alert color="red" py={4} radius={0} role="alert">Further events cannot be read: {found.error.message}</Alert>}
      <EventList
        rows={rows} at={at} inSight={inSight} columns={view.columns} selected={view.event} more={found.more} loading={found.loading} onOpen={open} onFilter={onFilter}
        onColumns={(columns) => change({ columns })} onSplit={(split) => change({ split })}
      />
    </>
  );
}

/** useNewer leaves out, of what arrived, what the search found as well: that is among the first rows. */
function useNewer(arrived: Event[], rows: number, at: (row: number) => Event | undefined): Event[] {
  if (arrived.length === 0) return arrived;
  const ids = new Set<string>();
  for (let row = 0; row < Math.min(rows, 200); row++) {
    const event = at(row);
    if (event) ids.add(event.id);
  }
  return arrived.filter((e) => !ids.has(e.id));
}

function Nothing({ view, run }: Pick<Props, "view" | "run">) {
  if (view.query === "") {
    return (
      <Empty title="No events in this time range">
        On the first day: configure an intake in penstock.yaml and start <code>penstock serve</code>, or watch a simulated tenant with <code>penstock demo</code>.
        The <Link to="/intakes">intakes</Link> say whether they read.
        <Group justify="center" mt="md"><Button variant="light" onClick={() => run({ range: { from: "now-30d", to: "now" } })}>Look at the last 30 days</Button></Group>
      </Empty>
    );
  }
  return (
    <Empty title="Nothing matches">
      Try a longer time range, or fewer conditions. <code>field: *</code> finds events that have a field at all.
      <Group justify="center" mt="md"><Button variant="light" onClick={() => run({ query: "" })}>Show every event</Button></Group>
    </Empty>
  );
}
