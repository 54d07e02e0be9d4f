import { Button, CloseButton, Group, SegmentedControl, Text, UnstyledButton } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { visible } from "../../events/document";
import { Empty, Failure, Loading } from "../../shared/states";
import { kindOf } from "../chart/choose";
import type { Kind } from "../chart/choose";
import type { Result } from "../run/run";
import type { Arrangement, Show } from "../view";
import type { Place, Render, ResultColumn } from "../wire";
import { arrangedLayout, arrangementOf, signatureOf, widthsOf, withRowFilter } from "./layout";
import type { Layout } from "./layout";
import { orderOf, testWords } from "./order";
import { ResultTable } from "./ResultTable";
import { RowDrawer } from "./RowDrawer";
import { RunState } from "./RunState";
import { StatisticsDrawer } from "./StatisticsDrawer";
import { TableMenu } from "./TableMenu";
import { plain } from "./values";
import css from "./Results.module.css";

const HuntChart = lazy(async () => ({ default: (await import("../chart/HuntChart")).HuntChart }));

interface Props {
  result: Result;
  started: number;
  show: Show | undefined;
  onShow: (show: Show) => void;
  /** How the address wants the table laid out. */
  arranged: Arrangement | undefined;
  onArrange: (arranged: Arrangement | undefined) => void;
  onCancel: () => void;
  onAgain: () => void;
  /** Leads to a place of the query that was run. */
  onGo: (place: Place) => void;
  /** What exports the query as a job. */
  onExport: () => void;
}

const none: never[] = [];

/** Results is what became of a run: how far it is, what it says, and its rows as a table or drawn. */
export function Results({ result, started, show, onShow, arranged, onArrange, onCancel, onAgain, onGo, onExport }: Props) {
  const { begin, rows } = result;
  const columns = begin?.columns ?? none;
  const [layout, keep] = useLayout(columns, arranged);
  const setLayout = (next: Layout) => {
    keep(next);
    if (next.shown !== layout.shown || next.sort !== layout.sort) onArrange(arrangementOf(next, columns));
  };
  const asked = kindOf(columns, begin?.render);
  const [chosen, setChosen] = useState<{ signature: string; kind: Kind }>();
  const kind = chosen?.signature === layout.signature ? chosen.kind : asked.kind;
  const drawn = kind !== undefined && (show ? show === "chart" : begin?.render !== undefined);
  // The list of rows is the same while it grows: its length tells of a change.
  const received = rows.length;
  const order = useMemo(() => orderOf(rows.slice(0, received), columns, layout.filters, layout.sort), [rows, received, columns, layout.filters, layout.sort]);
  return (
    <section className={`panel ${css.results ?? ""}`} aria-label="Results">
      <div className={css.bar}>
        <RunState result={result} started={started} shown={order.length} onCancel={onCancel} />
        {begin && (
          <Group gap={6}>
            {kind && <SegmentedControl size="xs" value={drawn ? "chart" : "table"} onChange={(v) => onShow(v === "chart" ? "chart" : "table")} data={[{ value: "table", label: "Table" }, { value: "chart", label: "Chart" }]} aria-label="Show as" />}
            <TableMenu columns={columns} rows={rows} order={order} layout={layout} onLayout={setLayout} onExport={onExport} />
          </Group>
        )}
      </div>
      <Notes result={result} chart={asked.note} onGo={onGo} />
      {layout.filters.length > 0 && <Filters columns={columns} layout={layout} onLayout={setLayout} />}
      <Body result={result} columns={columns} order={order} layout={layout} onLayout={setLayout} kind={drawn ? kind : undefined} render={begin?.render} onKind={(k) => setChosen({ signature: layout.signature, kind: k })} onAgain={onAgain} />
    </section>
  );
}

/** useLayout is that of the columns: what was set for them stays when the query is run again with the same ones. */
function useLayout(columns: readonly ResultColumn[], arranged: Arrangement | undefined): [Layout, (layout: Layout) => void] {
  const [kept, keep] = useState<Layout>();
  const signature = signatureOf(columns);
  // The address is read anew whenever the page is drawn: what it says counts, not which object says it.
  const wanted = JSON.stringify(arranged ?? {});
  const layout = useMemo(() => (kept?.signature === signature ? kept : arrangedLayout(columns, JSON.parse(wanted) as Arrangement)), [kept, signature, columns, wanted]);
  return [layout, keep];
}

interface BodyProps {
  result: Result;
  columns: readonly ResultColumn[];
  order: Uint32Array;
  layout: Layout;
  onLayout: (layout: Layout) => void;
  /** As what the result is drawn; undefined: as a table. */
  kind: Kind | undefined;
  render: Render | undefined;
  onKind: (kind: Kind) => void;
  onAgain: () => void;
}

function Body({ result, columns, order, layout, onLayout, kind, render, onKind, onAgain }: BodyProps) {
  const { rows, begin, phase } = result;
  const [opened, setOpened] = useState<number>();
  const [described, setDescribed] = useState<number>();
  const sampled = Math.min(rows.length, 60);
  const widths = useMemo(() => widthsOf(columns, rows.slice(0, sampled)), [columns, rows, sampled]);
  const filter = (column: number, value: unknown, wanted: boolean) => onLayout(withRowFilter(layout, { column, test: wanted ? "is" : "!is", value: plain(value) }));
  if (phase === "failed" && rows.length === 0) return result.error ? <Failure error={result.error} retry={onAgain} /> : null;
  if (rows.length === 0) {
    if (phase === "cancelled") return <Empty title="The hunt was ended">Nothing was found until then.<Group justify="center" mt="md"><Button variant="light" onClick={onAgain}>Run again</Button></Group></Empty>;
    if (phase !== "done") return <Loading what="rows" />;
    return <Empty title="No rows">The query ran and found nothing. A longer time range, or fewer conditions, may find more.</Empty>;
  }
  if (kind) return <Suspense fallback={<Loading what="chart" />}><HuntChart columns={columns} rows={rows} count={rows.length} kind={kind} render={render} onKind={onKind} /></Suspense>;
  const place = opened === undefined ? -1 : order.indexOf(opened);
  const row = opened === undefined ? undefined : rows[opened];
  const range = { from: begin?.from ?? "now-30d", to: begin?.to ?? "now" };
  return (
    <>
      {order.length === 0 ? <Empty title="No row passes the filters">Take one away above.</Empty> : (
        <ResultTable
          columns={columns} rows={rows} order={order} layout={layout} widths={widths} opened={opened} onLayout={onLayout} onStatistics={(c) => { setOpened(undefined); setDescribed(c); }} onFilter={filter}
          onOpen={(r) => { setDescribed(undefined); setOpened(r); }}
        />
      )}
      {row && (
        <RowDrawer
          key={opened} columns={columns} row={row} number={place + 1} of={order.length} range={range} onFilter={filter} onClose={() => setOpened(undefined)} onStep={(by) => setOpened(order[place + by] ?? opened)}
        />
      )}
      {described !== undefined && columns[described] && <StatisticsDrawer columns={columns} column={described} rows={rows} order={order} onFilter={filter} onClose={() => setDescribed(undefined)} />}
    </>
  );
}

function Notes({ result, chart, onGo }: { result: Result; chart: string | undefined; onGo: (place: Place) => void }) {
  const notices = result.begin?.notices ?? none;
  const cut = result.end?.cut ? (result.end.cutBy === "bytes" ? "The result is cut: it is larger than a result may be. Fewer columns, or an export, bring more." : "The result is cut: there are more rows than are shown. Summarise, filter, or export to have them all.") : undefined;
  const failure = result.phase === "failed" && result.rows.length > 0 ? `The hunt failed after these rows: ${result.error?.message ?? ""}` : undefined;
  if (notices.length === 0 && !chart && !cut && !failure) return null;
  return (
    <div className={css.notes} role="status" aria-label="Notices">
      {failure && <div className={css.note}><Text span inherit c="red">{failure}</Text></div>}
      {cut && <div className={css.note} data-cut><b>{cut}</b></div>}
      {chart && <div className={css.note}>{chart}</div>}
      {notices.slice(0, 50).map((n, i) => (
        <div key={i} className={css.note}>{n.end > n.start && <UnstyledButton onClick={() => onGo(n)}>Line {n.line}</UnstyledButton>}<span>{visible(n.message)}</span></div>
      ))}
    </div>
  );
}

function Filters({ columns, layout, onLayout }: { columns: readonly ResultColumn[]; layout: Layout; onLayout: (layout: Layout) => void }) {
  return (
    <div className={css.filters} role="list" aria-label="Filters of the rows">
      {layout.filters.map((f, i) => {
        const text = `${visible(columns[f.column]?.name ?? "")} ${testWords[f.test]}${f.test === "empty" || f.test === "!empty" ? "" : ` ${f.value === "" ? "empty" : visible(f.value.slice(0, 80))}`}`;
        return <span key={i} role="listitem" className={css.filter}><bdi>{text}</bdi><CloseButton size={24} aria-label={`Remove the filter ${text}`} onClick={() => onLayout({ ...layout, filters: layout.filters.toSpliced(i, 1) })} /></span>;
      })}
      <Button size="compact-xs" variant="subtle" onClick={() => onLayout({ ...layout, filters: [] })}>Remove all</Button>
    </div>
  );
}
