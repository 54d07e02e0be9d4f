import { useLocalStorage } from "@mantine/hooks";
import type { KeyboardEvent, PointerEvent } from "react";
import css from "./HuntingPage.module.css";

const [least, most, usual, step] = [90, 700, 190, 24];
const clamp = (height: number): number => Math.round(Math.max(least, Math.min(most, height)));

/** useEditorHeight is how high this browser shows the editor. */
export function useEditorHeight(): [number, (height: number) => void] {
  const [kept, keep] = useLocalStorage({ key: "penstock.hunting.height", defaultValue: usual, getInitialValueInEffect: false });
  return [clamp(Number.isFinite(kept) ? kept : usual), (h) => keep(clamp(h))];
}

/** Divider is the edge between the editor and the results: it is drawn, or moved by the arrow keys. */
export function Divider({ height, onHeight }: { height: number; onHeight: (height: number) => void }) {
  const start = (e: PointerEvent<HTMLDivElement>) => {
    e.preventDefault();
    const target = e.currentTarget;
    target.setPointerCapture(e.pointerId);
    const from = e.clientY - height;
    const move = (m: globalThis.PointerEvent) => onHeight(m.clientY - from);
    const end = () => target.removeEventListener("pointermove", move);
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", end, { once: true });
    target.addEventListener("pointercancel", end, { once: true });
  };
  const key = (e: KeyboardEvent) => {
    const by = { ArrowUp: -step, ArrowDown: step }[e.key];
    if (by === undefined) return;
    e.preventDefault();
    onHeight(height + by);
  };
  return (
    // A separator that can be moved is a widget, whatever the rule thinks.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      className={css.divider} role="separator" aria-orientation="horizontal" aria-label="Height of the editor" aria-valuemin={least} aria-valuemax={most} aria-valuenow={height}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0} onPointerDown={start} onKeyDown={key}
    />
  );
}
