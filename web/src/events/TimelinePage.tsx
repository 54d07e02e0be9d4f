import { Anchor, Button, Group, SegmentedControl, Text, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import type { SyntheticEvent } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { answer, api } from "../api/client";
import type { Event } from "../api/client";
import { useZone } from "../app/preferences";
import { PageHeader } from "../shared/PageHeader";
import { Empty, Failure, Loading } from "../shared/states";
import { timestamp } from "../time/format";
import { TimeRangePicker } from "../time/TimeRangePicker";
import { defaultRange, momentsOf } from "../time/range";
import type { Range } from "../time/range";
import { visible } from "./document";
import { EventDrawer } from "./EventDrawer";
import { searchFor } from "./pivot";
import { withFilter } from "../query/syntax";
import { Sentence } from "./Sentence";
import { dayOf, rowsOf } from "./timeline";
import { tabs } from "./view";
import css from "./Timeline.module.css";

type Kind = "host" | "user";

/** Around a moment that somebody came from, so much is shown. */
const around = 3_600_000;
/** More is not held; a shorter range shows what is further back. */
const most = 20_000;

interface TimelineView {
  kind: Kind;
  of: string;
  range: Range;
}

function readTimeline(params: URLSearchParams): TimelineView {
  const user = params.get("user");
  const at = Date.parse(params.get("at") ?? "");
  const usual = Number.isNaN(at) ? defaultRange : { from: new Date(at - around).toISOString(), to: new Date(at + around).toISOString() };
  return { kind: user === null ? "host" : "user", of: user ?? params.get("host") ?? "", range: { from: params.get("from") ?? usual.from, to: params.get("to") ?? usual.to } };
}

/** TimelinePage shows everything that a host or a user did, newest first, day by day. */
export function TimelinePage() {
  const [params, setParams] = useSearchParams();
  const navigate = useNavigate();
  const view = useMemo(() => readTimeline(params), [params]);
  const change = (part: Record<string, string | undefined>) => setParams((old) => {
    const next = new URLSearchParams(old);
    for (const [name, value] of Object.entries(part)) {
      if (value === undefined) next.delete(name);
      else next.set(name, value);
    }
    return next;
  });
  const event = params.get("event");
  const tab = tabs.find((t) => t === params.get("tab")) ?? "fields";
  const query = `${view.kind}.name: "${view.of.replace(/["\\]/g, "\\$&")}"`;
  return (
    <div className={css.page}>
      <PageHeader title={view.of === "" ? "Timeline" : `Timeline of ${visible(view.of)}`} about="Everything that events tell of a host or a user, newest first">
        <Group gap="xs">
          <Choose key={`${view.kind} ${view.of}`} view={view} onChoose={(kind, of) => change({ host: undefined, user: undefined, event: undefined, [kind]: of })} />
          <TimeRangePicker range={view.range} onChange={({ from, to }) => change({ from, to, at: undefined })} />
        </Group>
      </PageHeader>
      <section className={`panel ${css.list ?? ""}`} aria-label="Timeline">
        {view.of === "" ? <Empty title="Whose timeline?">Name a host or a user above, or come here from an event.</Empty> : <Events key={JSON.stringify(view)} view={view} selected={event} onOpen={(id) => change({ event: id })} query={query} />}
      </section>
      {event && (
        <EventDrawer
          id={event} tab={tab} onTab={(t) => change({ tab: t })} onClose={() => change({ event: undefined, tab: undefined })}
          onFilter={(field, value, wanted) => void navigate(searchFor(withFilter(query, field, value, wanted), view.range))}
        />
      )}
    </div>
  );
}

function Choose({ view, onChoose }: { view: TimelineView; onChoose: (kind: Kind, of: string) => void }) {
  const [kind, setKind] = useState<Kind>(view.kind);
  const [of, setOf] = useState(view.of);
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    if (of.trim() !== "") onChoose(kind, of.trim());
  };
  return (
    <form onSubmit={submit}>
      <Group gap={6}>
        <SegmentedControl size="sm" value={kind} onChange={(k) => setKind(k)} data={[{ value: "host", label: "Host" }, { value: "user", label: "User" }]} aria-label="Of what" />
        <TextInput w={230} value={of} onChange={(e) => setOf(e.currentTarget.value)} aria-label={kind === "host" ? "Name or id of the host" : "Name or address of the user"} placeholder={kind === "host" ? "ws-0042" : "corp\\anna"} />
        <Button type="submit" variant="default" disabled={of.trim() === ""}>Show</Button>
      </Group>
    </form>
  );
}

function Events({ view, selected, onOpen, query }: { view: TimelineView; selected: string | null; onOpen: (id: string) => void; query: string }) {
  const { zone } = useZone();
  const [now] = useState(() => new Date());
  const moments = momentsOf(view.range, now);
  const ask = { [view.kind]: view.of, from: moments?.from.toISOString() ?? "", to: moments?.to.toISOString() ?? "", limit: 200 };
  const events = useInfiniteQuery({
    queryKey: ["events", "timeline", ask],
    queryFn: ({ pageParam, signal }) => answer(api.GET("/api/v1/timeline", { params: { query: { ...ask, ...(pageParam ? { after: pageParam } : {}) } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page, pages) => (pages.length * 200 < most ? page.next : undefined),
    enabled: moments !== undefined,
  });
  const rows = useMemo(() => rowsOf(events.data?.pages.flatMap((p) => p.events) ?? [], zone), [events.data, zone]);
  const scroller = useRef<HTMLDivElement>(null);
  // The rows move with the scroller: they must not be remembered.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => 34, overscan: 12 });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = events;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= rows.length - 40) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, last, rows.length]);
  if (!moments) return <Empty title="The time range is not understood">Choose another one above.</Empty>;
  if (events.isPending) return <Loading what="timeline" />;
  if (events.isError && rows.length === 0) return <Failure error={events.error} retry={() => void events.refetch()} />;
  if (rows.length === 0) return <Empty title="No events in this time range">Choose a longer one, or <Link to={searchFor(query)}>search for the {view.kind}</Link>.</Empty>;
  return (
    // A list that scrolls is scrolled by the keyboard too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={scroller} className={css.scroller} tabIndex={0}>
      <ol className={css.rows} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <li key={item.key} data-index={item.index} ref={virtual.measureElement} className={css.row} style={{ transform: `translateY(${item.start}px)` }}>
              {typeof row === "string" ? <h2 className={css.day}>{row}</h2> : <Entry event={row} time={timestamp(new Date(row.time), zone).slice(11)} selected={row.id === selected} onOpen={onOpen} />}
            </li>
          );
        })}
      </ol>
      <Text size="xs" c="dimmed" ta="center" p="sm">{isFetchingNextPage ? "Loading more…" : hasNextPage ? "" : rows.length >= most ? "No more is shown: choose a shorter time range." : "No further events in this time range."}</Text>
    </div>
  );
}

function Entry({ event, time, selected, onOpen }: { event: Event; time: string; selected: boolean; onOpen: (id: string) => void }) {
  const navigate = useNavigate();
  return (
    <div className={css.entry} data-event={event.id} data-selected={selected || undefined}>
      <Anchor component="button" type="button" className={css.time ?? ""} onClick={() => onOpen(event.id)} title="Open the event">{time}</Anchor>
      <span className={css.dot} aria-hidden />
      <div className={css.what}><Sentence parts={event.sentence.parts} onFilter={(field, value) => void navigate(searchFor(withFilter("", field, value, true), { from: dayOf(event.time, -1), to: dayOf(event.time, 1) }))} /></div>
      <span className={css.table}>{event.table}</span>
    </div>
  );
}
