import { ActionIcon } from "@mantine/core";
import { IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { useZone } from "../../app/preferences";
import type { ResultColumn } from "../wire";
import type { Layout } from "./layout";
import { ResultHead } from "./ResultHead";
import { isEmpty, numeric, plain, shown } from "./values";
import css from "./ResultTable.module.css";

const rowHeight = 29;
const numberWidth = 56;

interface Props {
  columns: readonly ResultColumn[];
  rows: readonly unknown[][];
  /** Places of the rows that are shown, in order. */
  order: Uint32Array;
  layout: Layout;
  /** Of every column, as guessed or chosen. */
  widths: number[];
  opened: number | undefined;
  onLayout: (layout: Layout) => void;
  onOpen: (row: number) => void;
  onStatistics: (column: number) => void;
  onFilter: (column: number, value: unknown, wanted: boolean) => void;
}

/** ResultTable shows rows and columns of which only those in sight exist. The arrow keys move, Enter opens a row. */
export function ResultTable({ columns, rows, order, layout, widths, opened, onLayout, onOpen, onStatistics, onFilter }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const [drawing, setDrawing] = useState<Layout>();
  const drawn = drawing ?? layout;
  const tracks = useMemo(() => drawn.shown.map((c) => drawn.widths[c] ?? widths[c] ?? 120), [drawn, widths]);
  // Rows and columns move with the scroller: they must not be remembered.
  // eslint-disable-next-line react-hooks/incompatible-library
  const down = useVirtualizer({ count: order.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 10 });
  const across = useVirtualizer({ horizontal: true, count: tracks.length, getScrollElement: () => scroller.current, estimateSize: (i) => tracks[i] ?? 120, overscan: 3, paddingStart: numberWidth });
  useEffect(() => across.measure(), [across, tracks]);
  const cells = across.getVirtualItems();
  const width = across.getTotalSize();

  const move = (step: number) => {
    const next = Math.max(0, Math.min(order.length - 1, active + step));
    setActive(next);
    down.scrollToIndex(next);
    if (opened !== undefined && Math.abs(step) === 1) onOpen(order[next] ?? 0);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.target !== scroller.current) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -order.length, End: order.length }[e.key];
    if (step !== undefined) {
      e.preventDefault();
      move(step);
    }
    if (e.key === "ArrowLeft" || e.key === "ArrowRight") scroller.current.scrollBy({ left: e.key === "ArrowLeft" ? -120 : 120 });
    const row = order[active];
    if (e.key === "Enter" && row !== undefined) onOpen(row);
  };
  const current = order[active];
  return (
    <div
      ref={scroller} className={css.scroller} role="grid" aria-label="Result" aria-rowcount={order.length + 1} aria-colcount={drawn.shown.length + 1} tabIndex={0} onKeyDown={onKeyDown}
      aria-activedescendant={current === undefined ? undefined : `result-${current}`}
    >
      <div className={css.head} role="row" aria-rowindex={1} style={{ width }}>
        <div className={css.number} role="columnheader" aria-colindex={1} aria-label="Row">#</div>
        {cells.map((c) => {
          const column = drawn.shown[c.index] ?? 0;
          return (
            <ResultHead
              key={column} columns={columns} column={column} at={c.index} left={c.start} width={c.size} layout={layout} onLayout={onLayout} onDrawing={setDrawing} onStatistics={onStatistics}
            />
          );
        })}
      </div>
      <div className={css.rows} role="rowgroup" style={{ height: down.getTotalSize(), width }}>
        {down.getVirtualItems().map((item) => {
          const row = order[item.index] ?? 0;
          const values = rows[row];
          if (!values) return null;
          return (
            // The grid around it takes the keys.
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events
            <div
              key={item.key} id={`result-${row}`} data-result={row} className={css.row} role="row" aria-rowindex={item.index + 2} aria-selected={row === opened} data-active={item.index === active || undefined} tabIndex={-1}
              style={{ transform: `translateY(${item.start}px)`, width }} onClick={() => { setActive(item.index); onOpen(row); }}
            >
              <div className={css.number} role="rowheader" aria-colindex={1}>{item.index + 1}</div>
              {cells.map((c) => {
                const column = drawn.shown[c.index] ?? 0;
                return <Cell key={column} column={columns[column]} at={column} place={c.index} value={values[column]} left={c.start} width={c.size} onFilter={onFilter} />;
              })}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface CellProps {
  column: ResultColumn | undefined;
  at: number;
  place: number;
  value: unknown;
  left: number;
  width: number;
  onFilter: Props["onFilter"];
}

function Cell({ column, at, place, value, left, width, onFilter }: CellProps) {
  const { zone } = useZone();
  const type = column?.type ?? "string";
  const button = (wanted: boolean) => (
    <ActionIcon
      size={20} variant="subtle" color="gray" tabIndex={-1} title={wanted ? "Only rows with this value" : "Without rows with this value"} aria-label={`${wanted ? "Only rows with" : "Without rows with"} ${column?.name ?? ""}: ${shown(value, type, zone, 60)}`}
      onClick={(e) => {
        e.stopPropagation();
        onFilter(at, value, wanted);
      }}
    >
      {wanted ? <IconZoomIn size={14} /> : <IconZoomOut size={14} />}
    </ActionIcon>
  );
  return (
    <div className={css.cell} role="gridcell" aria-colindex={place + 2} data-column={column?.name} data-right={numeric.has(type) || undefined} data-empty={value === null || undefined} style={{ left, width }}>
      <bdi title={type === "datetime" ? plain(value) : undefined}>{shown(value, type, zone)}</bdi>
      {!isEmpty(value) && <span className={css.actions}>{button(true)}{button(false)}</span>}
    </div>
  );
}
