import { Alert, Badge, Button, Group, Skeleton, Text, UnstyledButton } from "@mantine/core";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { Link } from "react-router";
import type { Event, Histogram } from "../api/client";
import { Problem } from "../api/problem";
import { Empty, Failure, Loading } from "../shared/states";
import { count } from "../time/format";
import { momentsOf } from "../time/range";
import type { Moments } from "../time/range";
import { EventList } from "./EventList";
import type { OnFilter } from "./FilterButtons";
import { seriesOf } from "./histogram";
import { useEvents, useHistogram } from "./queries";
import { useTail } from "./useTail";
import type { EventsView } from "./view";
import css from "./EventsPage.module.css";

// The chart library is the largest part of the page; the list does not wait for it.
const HistogramChart = lazy(async () => ({ default: (await import("./HistogramChart")).HistogramChart }));

/** How often the histogram follows a live tail. */
const liveRefresh = 10_000;

interface Props {
  view: EventsView;
  moments: Moments;
  change: (part: Partial<EventsView>) => void;
  onFilter: OnFilter;
  onRemoveColumn: (name: string) => void;
  onAgain: () => void;
}

/** Results shows what a search found: the histogram and the list, each as soon as it is there. */
export function Results({ view, moments, change, onFilter, onRemoveColumn, onAgain }: Props) {
  const histogram = useHistogram({ query: view.query, moments: useLiveMoments(view, moments) }, view.split);
  const tail = useTail(view.query, view.live);
  return (
    <>
      <div className={css.summary}>
        <Group gap="xs">
          <Text fw={620} size="sm" data-testid="total">{histogram.data ? `${count(totalOf(histogram.data))} events` : <Skeleton w={90} h={14} />}</Text>
          {view.live && <Badge color={tail.error ? "red" : "petrol"} variant="light" tt="none">{tail.error ? `not connected: ${tail.error.message}` : `live, ${count(tail.events.length)} arrived`}</Badge>}
          {tail.skipped > 0 && <Badge color="yellow" variant="light" tt="none">{count(tail.skipped)} left out: too many to show</Badge>}
        </Group>
        {histogram.data && <Legend histogram={histogram.data} view={view} change={change} onFilter={onFilter} />}
      </div>
      <div className={css.chart} data-stale={histogram.isPlaceholderData || undefined}>
        {histogram.data ? (
          <Suspense fallback={<Skeleton h={118} mx={8} mb={8} />}><HistogramChart histogram={histogram.data} splitBy={view.split} onSelect={(from, to) => change({ range: { from: from.toISOString(), to: to.toISOString() }, live: false })} /></Suspense>
        ) : histogram.isError ? (
          <Text size="sm" c="dimmed" ta="center" p="lg">{histogram.error instanceof Problem ? histogram.error.message : "No histogram: the server does not answer."}</Text>
        ) : (
          <Skeleton h={118} mx={8} mb={8} />
        )}
      </div>
      <Found view={view} moments={moments} change={change} onFilter={onFilter} onRemoveColumn={onRemoveColumn} onAgain={onAgain} arrived={tail.events} />
    </>
  );
}

/** useLiveMoments lets the time range move on while the view is live. */
function useLiveMoments(view: EventsView, moments: Moments): Moments {
  const [now, setNow] = useState<Date>();
  useEffect(() => {
    if (!view.live) return;
    const timer = setInterval(() => setNow(new Date()), liveRefresh);
    return () => {
      clearInterval(timer);
      setNow(undefined);
    };
  }, [view.live]);
  return useMemo(() => (now && momentsOf(view.range, now)) ?? moments, [now, view.range, moments]);
}

function totalOf(h: Histogram): number {
  return h.buckets.reduce((sum, b) => sum + b.count, 0);
}

function Legend({ histogram, view, change, onFilter }: Pick<Props, "view" | "change" | "onFilter"> & { histogram: Histogram }) {
  if (!view.split) return null;
  return (
    <div className={css.legend}>
      <span>by {view.split}</span>
      {seriesOf(histogram, view.split).map((s) => (
        <UnstyledButton key={s.name} disabled={s.name === "others"} title={`Filter for ${s.name}`} onClick={() => onFilter(view.split, s.name, true)}>
          <i style={{ background: s.colour }} />{s.name.slice(0, 40)} {count(s.total)}
        </UnstyledButton>
      ))}
      <UnstyledButton onClick={() => change({ split: "" })} td="underline">do not split</UnstyledButton>
    </div>
  );
}

function Found({ view, moments, change, onFilter, onRemoveColumn, onAgain, arrived }: Props & { arrived: Event[] }) {
  // While live, the list begins with what was there when it was switched on; the tail brings what came since.
  const events = useEvents({ query: view.query, moments });
  const list = useMemo(() => merged(arrived, events.data?.pages.flatMap((p) => p.events) ?? []), [arrived, events.data]);
  const warnings = events.data?.pages[0]?.warnings ?? [];
  const { fetchNextPage } = events;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const open = useCallback((event: string) => change({ event }), [change]);
  if (events.isPending && list.length === 0) return <Loading what="events" />;
  if (events.isError && list.length === 0) return <Failure error={events.error} retry={onAgain} />;
  if (list.length === 0) return <Nothing view={view} change={change} />;
  return (
    <>
      {warnings.map((w) => <Alert key={w} color="yellow" py={4} radius={0}>{w}</Alert>)}
      <EventList
        events={list} columns={view.columns} selected={view.event} more={events.hasNextPage} loadingMore={events.isFetchingNextPage} onMore={more} onOpen={open}
        onFilter={onFilter} onRemoveColumn={onRemoveColumn}
      />
    </>
  );
}

/** merged puts what arrived before what was found, each event once. */
function merged(arrived: Event[], found: Event[]): Event[] {
  if (arrived.length === 0) return found;
  const ids = new Set(arrived.map((e) => e.id));
  return [...arrived, ...found.filter((e) => !ids.has(e.id))];
}

function Nothing({ view, change }: Pick<Props, "view" | "change">) {
  if (view.query === "") {
    return (
      <Empty title="No events in this time range">
        On the first day: configure an intake in penstock.yaml and start <code>penstock serve</code>, or watch a simulated tenant with <code>penstock demo</code>.
        The <Link to="/intakes">intakes</Link> say whether they read.
        <Group justify="center" mt="md"><Button variant="light" onClick={() => change({ range: { from: "now-30d", to: "now" } })}>Look at the last 30 days</Button></Group>
      </Empty>
    );
  }
  return (
    <Empty title="Nothing matches">
      Try a longer time range, or fewer conditions. <code>field: *</code> finds events that have a field at all.
      <Group justify="center" mt="md"><Button variant="light" onClick={() => change({ query: "" })}>Show every event</Button></Group>
    </Empty>
  );
}
