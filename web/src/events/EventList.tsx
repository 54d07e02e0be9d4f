import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { CSSProperties, KeyboardEvent } from "react";
import type { Event } from "../api/client";
import { useZone } from "../app/preferences";
import { timestamp } from "../time/format";
import { summary, valuesOf, visible } from "./document";
import { FilterButtons } from "./FilterButtons";
import type { OnFilter } from "./FilterButtons";
import { summaryColumn } from "./view";
import css from "./EventList.module.css";

const rowHeight = 29;
/** No cell shows more of a value; the detail of the event does. */
const cellLength = 400;

interface Props {
  events: Event[];
  columns: string[];
  selected: string | undefined;
  more: boolean;
  loadingMore: boolean;
  onMore: () => void;
  onOpen: (id: string) => void;
  onFilter: OnFilter;
  onRemoveColumn: (name: string) => void;
}

/** EventList shows events in rows, of which only those in sight exist. Arrow keys move, Enter opens. */
export function EventList({ events, columns, selected, more, loadingMore, onMore, onOpen, onFilter, onRemoveColumn }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  // The rows move with the scroller: they must not be remembered.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({ count: events.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 12 });
  const items = rows.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !loadingMore && lastShown >= events.length - 40) onMore();
  }, [more, loadingMore, lastShown, events.length, onMore]);

  const onKeyDown = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -events.length, End: events.length }[e.key];
    if (step !== undefined) {
      e.preventDefault();
      const next = Math.max(0, Math.min(events.length - 1, active + step));
      setActive(next);
      rows.scrollToIndex(next);
    }
    const event = events[active];
    if (e.key === "Enter" && e.target === scroller.current && event) onOpen(event.id);
  };

  const tracks = ["186px", ...columns.map(track)];
  return (
    <div
      ref={scroller} className={css.scroller} style={{ "--columns": tracks.join(" "), "--width": `${widthOf(tracks)}px` } as CSSProperties} role="grid" aria-label="Events" aria-rowcount={events.length}
      tabIndex={0} onKeyDown={onKeyDown} aria-activedescendant={events[active] ? `event-${events[active].id}` : undefined}
    >
      <div className={css.head} role="row">
        <div role="columnheader">@timestamp</div>
        {columns.map((name) => (
          <div key={name} role="columnheader" title={name}>
            {name}
            <ActionIcon size="xs" variant="subtle" color="gray" aria-label={`Remove the column ${name}`} onClick={() => onRemoveColumn(name)}><IconX size={12} /></ActionIcon>
          </div>
        ))}
      </div>
      <div style={{ height: rows.getTotalSize(), position: "relative" }} role="rowgroup">
        {items.map((item) => {
          const event = events[item.index];
          if (!event) return null;
          return (
            <Row
              key={event.id} event={event} columns={columns} top={item.start} index={item.index} active={item.index === active} selected={event.id === selected}
              onFilter={onFilter}
              onOpen={() => {
                setActive(item.index);
                onOpen(event.id);
              }}
            />
          );
        })}
      </div>
      <div className={css.foot}>{loadingMore ? "Loading more…" : more ? "" : "No further events in this time range."}</div>
    </div>
  );
}

function track(column: string): string {
  if (column === summaryColumn) return "minmax(260px, 4fr)";
  return column === "penstock.table" ? "minmax(158px, 1fr)" : "minmax(100px, 1fr)";
}

/** widthOf is the least width of all tracks with their gaps: every row must have the same, or columns would not align. */
function widthOf(tracks: string[]): number {
  return tracks.reduce((sum, t) => sum + Number(/\d+/.exec(t)?.[0] ?? 0) + 14, 14);
}

interface RowProps {
  event: Event;
  columns: string[];
  top: number;
  index: number;
  active: boolean;
  selected: boolean;
  onOpen: () => void;
  onFilter: OnFilter;
}

function Row({ event, columns, top, index, active, selected, onOpen, onFilter }: RowProps) {
  const { zone } = useZone();
  return (
    // The grid around it takes the keys.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={`event-${event.id}`} className={css.row} style={{ transform: `translateY(${top}px)` }} role="row" aria-rowindex={index + 1} tabIndex={-1}
      aria-selected={selected} data-active={active || undefined} data-event={event.id} onClick={onOpen}
    >
      <div className={css.cell} role="gridcell">{timestamp(new Date(event.time), zone)}</div>
      {columns.map((name) => (name === summaryColumn ? <SummaryCell key={name} event={event} /> : <Cell key={name} event={event} name={name} onFilter={onFilter} />))}
    </div>
  );
}

function Cell({ event, name, onFilter }: { event: Event; name: string; onFilter: OnFilter }) {
  const values = valuesOf(event.document, name);
  const [first] = values;
  return (
    <div className={css.cell} role="gridcell" data-field={name}>
      {values.map((v) => visible(v).slice(0, cellLength)).join(", ")}
      {first !== undefined && <span className={css.actions}><FilterButtons field={name} value={first} onFilter={onFilter} reachable={false} /></span>}
    </div>
  );
}

function SummaryCell({ event }: { event: Event }) {
  return (
    <div className={css.cell} role="gridcell">
      {summary(event.document).map((f) => (
        <span key={f.name} className={css.pair}><span className={css.key}>{f.name}</span>{f.values.map((v) => visible(v).slice(0, cellLength)).join(", ")}</span>
      ))}
    </div>
  );
}
