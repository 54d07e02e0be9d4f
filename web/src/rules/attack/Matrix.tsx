import { ActionIcon, Tooltip } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useRef, useState } from "react";
import type { KeyboardEvent, SyntheticEvent } from "react";
import { Link } from "react-router";
import { count } from "../../time/format";
import { gradeName, gradeOf, step } from "./matrix";
import type { Column, Counts, Technique } from "./matrix";
import css from "./Attack.module.css";

interface Props {
  columns: Column[];
  /** Techniques whose sub-techniques are shown. */
  unfolded: (id: string) => boolean;
  onFold: (id: string) => void;
  /** Address of the rules of a technique. */
  rulesOf: (technique: string) => string;
}

/** What the pointer or the focus is on. */
interface Target {
  element: HTMLElement;
  id: string;
  name: string;
  counts: Counts;
  subs: number;
}

/** Matrix shows tactics across and techniques down, each coloured by what its rules have reached. Arrow keys move in it. */
export function Matrix({ columns, unfolded, onFold, rulesOf }: Props) {
  const grid = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string>();
  const [target, setTarget] = useState<Target>();
  const first = columns.find((c) => c.techniques.length > 0);
  const current = active ?? (first ? cellKey(first, first.techniques[0]?.id ?? "") : "");

  const cellsOf = (column: string) => Array.from(grid.current?.querySelectorAll<HTMLElement>(`[data-column="${column}"] [data-cell]`) ?? []);
  const onKeyDown = (e: KeyboardEvent) => {
    const cell = (e.target as HTMLElement).closest<HTMLElement>("[data-cell]");
    const at = columns.findIndex((c) => c.id === cell?.closest<HTMLElement>("[data-column]")?.dataset.column);
    if (!cell || at < 0) return;
    const cells = columns.map((c) => cellsOf(c.id));
    const next = step(cells.map((c) => c.length), at, cells[at]?.indexOf(cell) ?? 0, e.key);
    if (!next) return;
    e.preventDefault();
    cells[next[0]]?.[next[1]]?.focus();
  };
  const cell = (column: Column, id: string, name: string, counts: Counts, subs: number) => {
    const key = cellKey(column, id);
    const show = (e: SyntheticEvent<HTMLElement>) => setTarget({ element: e.currentTarget, id, name, counts, subs });
    return (
      <Link
        className={css.cell} data-cell data-grade={gradeOf(counts)} data-technique={id} to={rulesOf(id)} tabIndex={current === key ? 0 : -1}
        aria-label={`${id} ${name}: ${gradeName[gradeOf(counts)]}; ${counts.enabled} of ${counts.known} rules enabled`}
        onFocus={(e) => {
          setActive(key);
          show(e);
        }}
        onMouseEnter={show} onBlur={() => setTarget(undefined)} onMouseLeave={() => setTarget(undefined)}
      >
        <span className={css.name}>{name}</span>
        <span className={css.figures}><span>{id.includes(".") ? id.slice(id.indexOf(".")) : id}</span>{counts.known > 0 && <span>{count(counts.enabled)}/{count(counts.known)}</span>}</span>
      </Link>
    );
  };
  return (
    // The cells in it are links; the keys move among them.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={grid} className={css.matrix} onKeyDown={onKeyDown} style={{ "--columns": columns.length } as React.CSSProperties}>
      {columns.map((c) => (
        <section key={c.id} className={css.column} data-column={c.id} aria-label={c.name}>
          <h3><span title={c.name}>{c.name}</span><small>{count(c.covered)} of {count(c.total)}</small></h3>
          {c.techniques.map((t) => {
            const open = t.subs.length > 0 && unfolded(t.id);
            return (
              <div key={t.id}>
                <div className={css.technique} data-folds={t.subs.length > 0 || undefined}>
                  {cell(c, t.id, t.name, open ? t : t.all, open ? 0 : t.subs.length)}
                  {t.subs.length > 0 && <Fold technique={t} open={open} reachable={current === cellKey(c, t.id)} onFold={onFold} />}
                </div>
                {open && <div className={css.subs} role="group" aria-label={`Sub-techniques of ${t.name}`}>{t.subs.map((s) => <div key={s.id}>{cell(c, s.id, s.name.replace(`${t.name}: `, ""), s, 0)}</div>)}</div>}
              </div>
            );
          })}
        </section>
      ))}
      {target && <Tooltip key={target.id} opened withinPortal target={target.element} label={<Facts target={target} />} position="right" withArrow openDelay={0} transitionProps={{ duration: 0 }} />}
    </div>
  );
}

function cellKey(column: Column, technique: string): string {
  return `${column.id} ${technique}`;
}

function Fold({ technique, open, reachable, onFold }: { technique: Technique; open: boolean; reachable: boolean; onFold: (id: string) => void }) {
  const Icon = open ? IconChevronDown : IconChevronRight;
  return (
    <ActionIcon
      className={css.fold ?? ""} size={24} variant="transparent" aria-expanded={open} tabIndex={reachable ? 0 : -1}
      aria-label={`${open ? "Hide" : "Show"} the ${technique.subs.length} sub-techniques of ${technique.name}`} onClick={() => onFold(technique.id)}
    >
      <Icon size={13} aria-hidden />
    </ActionIcon>
  );
}

function Facts({ target }: { target: Target }) {
  const rows: [string, number][] = [
    ["Rules that are known", target.counts.known], ["enabled", target.counts.enabled], ["whose data arrives", target.counts.data],
    ["proven", target.counts.proven], ["fired within a year", target.counts.fired],
  ];
  return (
    <div className={css.facts}>
      <b>{target.id} {target.name}</b>
      {target.subs > 0 && <div>with its {target.subs} sub-techniques</div>}
      {rows.map(([name, n]) => <div key={name} className={css.fact}><span>{name}</span><span>{count(n)}</span></div>)}
    </div>
  );
}
