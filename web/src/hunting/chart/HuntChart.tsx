import { Group, Select, Text, useComputedColorScheme } from "@mantine/core";
import type { EChartsType } from "echarts/core";
import { useEffect, useMemo, useRef } from "react";
import { useZone } from "../../app/preferences";
import { visible } from "../../events/document";
import { Figure } from "../../shared/Figure";
import { Empty } from "../../shared/states";
import { shown } from "../results/values";
import type { Render, ResultColumn } from "../wire";
import { chartOf, kinds, kindWords } from "./choose";
import type { Chart, Kind } from "./choose";
import { init } from "./library";
import { optionOf } from "./option";

interface Props {
  columns: readonly ResultColumn[];
  rows: readonly unknown[][];
  /** How many of the rows there are by now: the list grows. */
  count: number;
  kind: Kind;
  render: Render | undefined;
  onKind: (kind: Kind) => void;
}

/** HuntChart draws a result; the table beside it has the same values for whoever cannot see it. */
export function HuntChart({ columns, rows, count, kind, render, onKind }: Props) {
  const { zone } = useZone();
  // The list is the same while it grows, so its length tells of a change.
  const chart = useMemo(() => (kind === "card" ? undefined : chartOf(columns, rows.slice(0, count), kind, render, zone)), [columns, rows, count, kind, render, zone]);
  return (
    <div style={{ flex: 1, minHeight: 0, display: "flex", flexDirection: "column" }}>
      <Group px="md" py={6} gap="sm">
        <Select size="xs" w={170} aria-label="Kind of chart" allowDeselect={false} data={kinds.map((k) => ({ value: k, label: kindWords[k] }))} value={kind} onChange={(v) => onKind(kinds.find((k) => k === v) ?? kind)} />
        {chart?.notes.map((n) => <Text key={n} size="xs" c="dimmed">{n}</Text>)}
      </Group>
      {kind === "card" ? <Cards columns={columns} row={rows[0]} /> : chart && chart.series.length > 0 ? <Drawn chart={chart} /> : <Empty title="There is nothing to draw">A chart needs a column with numbers. The table has the rows.</Empty>}
    </div>
  );
}

function Cards({ columns, row }: { columns: readonly ResultColumn[]; row: unknown[] | undefined }) {
  const { zone } = useZone();
  return <Group p="lg" gap={48} align="flex-start">{row && columns.map((c, i) => <Figure key={c.name} name={visible(c.name)} value={shown(row[i], c.type, zone, 120)} />)}</Group>;
}

function Drawn({ chart }: { chart: Chart }) {
  const parent = useRef<HTMLDivElement>(null);
  const drawn = useRef<EChartsType>(null);
  const { zone } = useZone();
  const dark = useComputedColorScheme("light") === "dark";
  const option = useMemo(() => optionOf(chart, zone, dark), [chart, zone, dark]);
  useEffect(() => {
    if (!parent.current) return;
    const c = init(parent.current);
    drawn.current = c;
    const observer = new ResizeObserver(() => c.resize());
    observer.observe(parent.current);
    return () => {
      observer.disconnect();
      c.dispose();
    };
  }, []);
  useEffect(() => drawn.current?.setOption(option, { notMerge: true }), [option]);
  const names = chart.series.slice(0, 5).map((s) => visible(s.name).slice(0, 60)).join(", ");
  return (
    <div
      ref={parent} role="img" style={{ flex: 1, minHeight: 220 }}
      aria-label={`${kindWords[chart.kind]}${chart.title ? `, ${visible(chart.title)}` : ""}: ${names}${chart.series.length > 5 ? ` and ${chart.series.length - 5} more` : ""} by ${visible(chart.x)}; the table has the values`}
    />
  );
}
