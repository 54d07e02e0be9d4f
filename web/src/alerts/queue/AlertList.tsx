import { Button, Checkbox } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowUp } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { KeyboardEvent } from "react";
import type { Alert } from "../../api/client";
import css from "./AlertList.module.css";
import { AlertRow } from "./AlertRow";

interface Props {
  alerts: Alert[];
  /** Which one the keys are about; −1: none. */
  active: number;
  selected: number[];
  /** So many more wait to be shown. */
  held: number;
  more: boolean;
  loadingMore: boolean;
  onMore: () => void;
  /** Undefined: nothing can be done with what would be selected. */
  onSelect: ((ids: number[]) => void) | undefined;
  onToggle: ((id: number, index: number) => void) | undefined;
  onMove: (to: number) => void;
  onOpen: (id: number) => void;
  onRelease: () => void;
  /** Whether the rows must not move: somebody points at them, or has scrolled to them. */
  onStill: (still: boolean) => void;
  /** The address of the queue, for the way back from an alert. */
  queue: string;
}

/** Heights of a row: of a table, and of a card where there is no room for one. */
const rowHeight = { table: 50, card: 96 };

/** AlertList shows alerts in rows, of which only those in sight exist. Arrow keys move, Enter opens. */
export function AlertList({ alerts, active, selected, held, more, loadingMore, onMore, onSelect, onToggle, onMove, onOpen, onRelease, onStill, queue }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const hold = useRef({ over: false, within: false, scrolled: false });
  const cards = useMediaQuery("(max-width: 62em)", false, { getInitialValueInEffect: false });
  const height = cards ? rowHeight.card : rowHeight.table;
  // The rows move with the scroller: they must not be remembered.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({ count: alerts.length, getScrollElement: () => scroller.current, estimateSize: () => height, overscan: 8 });
  useEffect(() => rows.measure(), [rows, height]);
  const items = rows.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !loadingMore && lastShown >= alerts.length - 20) onMore();
  }, [more, loadingMore, lastShown, alerts.length, onMore]);
  useEffect(() => {
    if (active < 0) return;
    rows.scrollToIndex(active);
    // Keys that the list itself takes go on from here; what is typed into stays where it is.
    const focus = document.activeElement;
    if (!focus || focus === document.body) scroller.current?.focus({ preventScroll: true });
  }, [rows, active]);
  const still = (part: Partial<typeof hold.current>) => {
    hold.current = { ...hold.current, ...part };
    onStill(Object.values(hold.current).some(Boolean));
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -alerts.length, End: alerts.length }[e.key];
    if (step !== undefined) {
      e.preventDefault();
      onMove(active < 0 && step > 0 ? 0 : active + step);
    }
    const alert = alerts[active];
    const onLink = e.target instanceof HTMLElement && e.target.closest("a, button") !== null;
    if (e.key === "Enter" && !onLink && alert) onOpen(alert.id);
    if (e.key === "Escape") onSelect?.([]);
  };
  const all = selected.length === alerts.length;
  return (
    <section className={`panel ${css.panel ?? ""}`} aria-label="Alerts">
      {held > 0 && (
        <Button
          size="compact-sm" className={css.news ?? ""} leftSection={<IconArrowUp size={14} />}
          onClick={() => {
            onRelease();
            scroller.current?.scrollTo({ top: 0 });
          }}
        >
          {held === 1 ? "1 new alert" : `${held} new alerts`}
        </Button>
      )}
      <div
        ref={scroller} className={css.scroller} role="grid" aria-label="Alerts" aria-rowcount={alerts.length + 1} aria-multiselectable={onSelect !== undefined} tabIndex={0} onKeyDown={onKeyDown}
        aria-activedescendant={alerts[active] ? `alert-${alerts[active].id}` : undefined}
        onMouseEnter={() => still({ over: true })} onMouseLeave={() => still({ over: false })} onFocus={() => still({ within: true })} onBlur={() => still({ within: false })}
        onScroll={(e) => {
          const scrolled = e.currentTarget.scrollTop > 0;
          if (scrolled !== hold.current.scrolled) still({ scrolled });
        }}
      >
        <div className={css.head} role="row" aria-rowindex={1}>
          <div role="columnheader">{onSelect && <Checkbox size="xs" aria-label="Select all alerts that are loaded" checked={all} indeterminate={!all && selected.length > 0} onChange={() => onSelect(all ? [] : alerts.map((a) => a.id))} />}</div>
          <div role="columnheader">Urgency</div><div role="columnheader">Alert</div><div role="columnheader">Hosts and users</div><div role="columnheader">Status</div>
          <div role="columnheader">Assignee</div><div role="columnheader" className={css.number}>Count</div><div role="columnheader">Last seen</div>
        </div>
        <div style={{ height: rows.getTotalSize(), position: "relative" }} role="rowgroup">
          {items.map((item) => {
            const alert = alerts[item.index];
            if (!alert) return null;
            return (
              <AlertRow
                key={alert.id} alert={alert} index={item.index} top={item.start} height={height} active={item.index === active} selected={selected.includes(alert.id)} queue={queue}
                onToggle={onToggle}
              />
            );
          })}
        </div>
        <div className={css.foot}>{loadingMore ? "Loading more…" : more ? "" : alerts.length === 1 ? "1 alert" : `${alerts.length} alerts, and no further ones`}</div>
      </div>
    </section>
  );
}
