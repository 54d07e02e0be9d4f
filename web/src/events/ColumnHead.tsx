import { Menu, UnstyledButton } from "@mantine/core";
import { IconArrowLeft, IconArrowRight, IconChevronDown, IconRulerMeasure, IconStack2, IconX } from "@tabler/icons-react";
import { useRef, useState } from "react";
import type { KeyboardEvent, PointerEvent } from "react";
import { clamp, moved, narrowest, resized, special, toggled, widest } from "./columns";
import type { Column } from "./columns";
import css from "./EventList.module.css";

interface Props {
  column: Column;
  columns: Column[];
  onColumns: (columns: Column[]) => void;
  onSplit: (field: string) => void;
  /** While a width is being drawn, before it is decided. */
  onDrawing: (columns: Column[] | undefined) => void;
}

const dragType = "application/x-penstock-column";
/** By how much a key makes a column wider. */
const step = 16;

/** ColumnHead names a column, which is moved by dragging it, made wider at its edge, and both by its menu and the keyboard. */
export function ColumnHead({ column, columns, onColumns, onSplit, onDrawing }: Props) {
  const cell = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState(false);
  const { name } = column;
  const at = columns.findIndex((c) => c.name === name);
  const label = special[name] ?? name;
  return (
    // What takes the keys is the button within.
    // eslint-disable-next-line jsx-a11y/interactive-supports-focus
    <div
      ref={cell} role="columnheader" data-column={name} data-over={over || undefined} draggable
      onDragStart={(e) => { e.dataTransfer.setData(dragType, name); e.dataTransfer.effectAllowed = "move"; }}
      onDragOver={(e) => { if (e.dataTransfer.types.includes(dragType)) { e.preventDefault(); setOver(true); } }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => { e.preventDefault(); setOver(false); onColumns(moved(columns, e.dataTransfer.getData(dragType), at)); }}
    >
      <Menu shadow="md" position="bottom-start" width={220}>
        <Menu.Target><UnstyledButton className={css.headName ?? ""} title={label} aria-label={`Column ${label}`}><span>{label}</span><IconChevronDown size={12} aria-hidden /></UnstyledButton></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item disabled={at === 0} leftSection={<IconArrowLeft size={14} />} onClick={() => onColumns(moved(columns, name, at - 1))}>Move left</Menu.Item>
          <Menu.Item disabled={at === columns.length - 1} leftSection={<IconArrowRight size={14} />} onClick={() => onColumns(moved(columns, name, at + 1))}>Move right</Menu.Item>
          {column.width !== undefined && <Menu.Item leftSection={<IconRulerMeasure size={14} />} onClick={() => onColumns(columns.map((c) => (c.name === name ? { name } : c)))}>Width by itself</Menu.Item>}
          {!special[name] && <Menu.Item leftSection={<IconStack2 size={14} />} onClick={() => onSplit(name)}>Split the histogram by it</Menu.Item>}
          <Menu.Item disabled={columns.length === 1} leftSection={<IconX size={14} />} onClick={() => onColumns(toggled(columns, name))}>Remove the column</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Edge label={label} width={() => column.width ?? cell.current?.offsetWidth ?? narrowest} onDraw={(w) => onDrawing(w === undefined ? undefined : resized(columns, name, w))} onWidth={(w) => onColumns(resized(columns, name, w))} />
    </div>
  );
}

/** Edge is the right one of a column: it is drawn, or moved by the arrow keys. */
export function Edge({ label, width, onDraw, onWidth }: { label: string; width: () => number; onDraw: (width: number | undefined) => void; onWidth: (width: number) => void }) {
  const [now, setNow] = useState<number>();
  const start = (e: PointerEvent<HTMLDivElement>) => {
    e.preventDefault();
    e.currentTarget.setPointerCapture(e.pointerId);
    const from = e.clientX - width();
    const target = e.currentTarget;
    const move = (m: globalThis.PointerEvent) => onDraw(m.clientX - from);
    const end = (m: globalThis.PointerEvent) => {
      target.removeEventListener("pointermove", move);
      onDraw(undefined);
      if (m.type === "pointerup") onWidth(m.clientX - from);
    };
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", end, { once: true });
    target.addEventListener("pointercancel", end, { once: true });
  };
  const key = (e: KeyboardEvent) => {
    const by = { ArrowLeft: -step, ArrowRight: step }[e.key];
    if (by === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    onWidth(width() + by);
  };
  return (
    // A separator that can be moved is a widget, whatever the rule thinks.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      className={css.edge} role="separator" aria-orientation="vertical" aria-label={`Width of ${label}`} aria-valuemin={narrowest} aria-valuemax={widest}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      aria-valuenow={now ?? narrowest} tabIndex={0} onFocus={() => setNow(clamp(width()))} onPointerDown={start} onKeyDown={key} draggable onDragStart={(e) => { e.preventDefault(); e.stopPropagation(); }}
    />
  );
}
