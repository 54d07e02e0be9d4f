import { Skeleton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { CSSProperties, KeyboardEvent } from "react";
import type { Event } from "../api/client";
import { useZone } from "../app/preferences";
import { useKeys } from "../shared/useKeys";
import { timestamp } from "../time/format";
import { ColumnHead } from "./ColumnHead";
import { leastWidth, sentenceColumn, standard, summaryColumn, track, written } from "./columns";
import type { Column } from "./columns";
import { summary, valuesOf, visible } from "./document";
import { FilterButtons } from "./FilterButtons";
import type { OnFilter } from "./FilterButtons";
import { Sentence } from "./Sentence";
import css from "./EventList.module.css";

const rowHeight = 29;
const gap = 14;
/** No cell shows more of a value; the detail of the event does. */
const cellLength = 400;

interface Props {
  rows: number;
  at: (row: number) => Event | undefined;
  inSight: (first: number, last: number) => void;
  columns: Column[];
  selected: string | undefined;
  more: boolean;
  loading: boolean;
  onOpen: (id: string) => void;
  onFilter: OnFilter;
  onColumns: (columns: Column[]) => void;
  onSplit: (field: string) => void;
}

/** EventList shows events in rows, of which only those in sight exist. j, k and the arrow keys move, Enter opens. */
export function EventList({ rows: count, at, inSight, columns, selected, more, loading, onOpen, onFilter, onColumns, onSplit }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const [drawing, setDrawing] = useState<Column[]>();
  // The rows move with the scroller: they must not be remembered.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({ count, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 12 });
  const items = rows.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => inSight(first, last), [inSight, first, last]);

  const move = (step: number) => {
    const next = Math.max(0, Math.min(count - 1, active + step));
    setActive(next);
    rows.scrollToIndex(next);
    const event = at(next);
    if (selected !== undefined && event && Math.abs(step) === 1) onOpen(event.id); // whoever reads one goes on to the next
  };
  useKeys({ j: () => move(1), k: () => move(-1) });
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.target !== scroller.current) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -count, End: count }[e.key];
    if (step !== undefined) {
      e.preventDefault();
      move(step);
    }
    const event = at(active);
    if (e.key === "Enter" && event) onOpen(event.id);
  };

  const narrow = useMediaQuery("(max-width: 40em)", false, { getInitialValueInEffect: false });
  const brief = narrow && written(columns).join() === written(standard).join();
  const shown = drawing ?? (brief ? columns.filter((c) => c.name === sentenceColumn) : columns);
  const tracks = [narrow ? "66px" : "186px", ...shown.map(track)];
  const current = at(active);
  return (
    <div
      ref={scroller} className={css.scroller} style={{ "--columns": tracks.join(" "), "--width": `${leastWidth(tracks, gap)}px` } as CSSProperties} role="grid" aria-label="Events"
      aria-rowcount={more ? -1 : count} tabIndex={0} onKeyDown={onKeyDown} aria-activedescendant={current ? `event-${current.id}` : undefined}
    >
      <div className={css.head} role="row">
        <div role="columnheader"><span>{narrow ? "Time" : "@timestamp"}</span></div>
        {shown.map((c) => <ColumnHead key={c.name} column={c} columns={columns} onColumns={onColumns} onSplit={onSplit} onDrawing={setDrawing} />)}
      </div>
      <div style={{ height: rows.getTotalSize(), position: "relative" }} role="rowgroup">
        {items.map((item) => {
          const event = at(item.index);
          if (!event) return <Waiting key={item.key} top={item.start} columns={shown.length} />;
          return (
            <Row
              key={item.key} event={event} columns={shown} top={item.start} index={item.index} active={item.index === active} selected={event.id === selected}
              brief={narrow} onFilter={onFilter}
              onOpen={() => {
                setActive(item.index);
                onOpen(event.id);
              }}
            />
          );
        })}
      </div>
      <div className={css.foot}>{loading && more ? "Loading more…" : more ? "" : "No further events in this time range."}</div>
    </div>
  );
}

interface RowProps {
  event: Event;
  columns: Column[];
  top: number;
  index: number;
  active: boolean;
  selected: boolean;
  /** There is little room: of the time only that of the day is shown. */
  brief: boolean;
  onOpen: () => void;
  onFilter: OnFilter;
}

function Row({ event, columns, top, index, active, selected, brief, onOpen, onFilter }: RowProps) {
  const { zone } = useZone();
  const time = timestamp(new Date(event.time), zone);
  return (
    // The grid around it takes the keys.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={`event-${event.id}`} className={css.row} style={{ transform: `translateY(${top}px)` }} role="row" aria-rowindex={index + 1} tabIndex={-1}
      aria-selected={selected} data-active={active || undefined} data-event={event.id} onClick={onOpen}
    >
      <div className={css.cell} role="gridcell" title={time}>{brief ? time.slice(11, 19) : time}</div>
      {columns.map(({ name }) => {
        if (name === sentenceColumn) return <div key={name} className={css.sentence} role="gridcell" data-field={name}><Sentence parts={event.sentence.parts} onFilter={onFilter} /></div>;
        if (name === summaryColumn) return <SummaryCell key={name} event={event} />;
        return <Cell key={name} event={event} name={name} onFilter={onFilter} />;
      })}
    </div>
  );
}

/** Waiting stands in for a row that is being read again. */
function Waiting({ top, columns }: { top: number; columns: number }) {
  return (
    <div className={css.row} style={{ transform: `translateY(${top}px)` }} role="row">
      {Array.from({ length: columns + 1 }, (_, i) => <div key={i} role="gridcell"><Skeleton h={10} w="70%" /></div>)}
    </div>
  );
}

function Cell({ event, name, onFilter }: { event: Event; name: string; onFilter: OnFilter }) {
  const values = valuesOf(event.document, name);
  const [first] = values;
  return (
    <div className={css.cell} role="gridcell" data-field={name}>
      <bdi>{values.map((v) => visible(v).slice(0, cellLength)).join(", ").slice(0, cellLength)}</bdi>
      {first !== undefined && <span className={css.actions}><FilterButtons field={name} value={first} onFilter={onFilter} reachable={false} /></span>}
    </div>
  );
}

function SummaryCell({ event }: { event: Event }) {
  return (
    <div className={css.cell} role="gridcell">
      {summary(event.document).map((f) => (
        <span key={f.name} className={css.pair}><span className={css.key}>{f.name}</span><bdi>{f.values.map((v) => visible(v).slice(0, cellLength)).join(", ")}</bdi></span>
      ))}
    </div>
  );
}
