import { Drawer, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { useZone } from "../../app/preferences";
import { visible } from "../../events/document";
import { FilterButtons } from "../../events/FilterButtons";
import { Figure } from "../../shared/Figure";
import { count } from "../../time/format";
import type { ResultColumn } from "../wire";
import { statisticsOf } from "./statistics";
import { plain, shown } from "./values";
import css from "../../events/FieldsPanel.module.css";

interface Props {
  columns: readonly ResultColumn[];
  column: number;
  rows: readonly unknown[][];
  order: Uint32Array;
  onFilter: (column: number, value: unknown, wanted: boolean) => void;
  onClose: () => void;
}

const short = (n: number) => n.toLocaleString("en-GB", { maximumFractionDigits: 2 });

/** StatisticsDrawer says what a column holds, over the rows that are shown. */
export function StatisticsDrawer({ columns, column, rows, order, onFilter, onClose }: Props) {
  const { zone } = useZone();
  const { name, type } = columns[column] ?? { name: "", type: "" };
  const s = useMemo(() => statisticsOf(rows, order, column, type), [rows, order, column, type]);
  const figures: [string, string][] = [["Rows", count(s.rows)], ["Distinct values", count(s.distinct)], ["Empty", count(s.empty)]];
  if (s.mean !== undefined && type !== "timespan") figures.push(["Mean", short(s.mean)], ["Sum", short(s.sum ?? 0)]);
  const ends: [string, unknown][] = [["Least", s.least], ["Most", s.most]];
  const largest = s.top[0]?.rows ?? 1;
  return (
    <Drawer
      opened onClose={onClose} position="right" size="min(520px, 100vw)" withOverlay={false} lockScroll={false} shadow="xl" closeButtonProps={{ "aria-label": "Close the statistics", ...({ "data-autofocus": true }) }} transitionProps={{ duration: 120 }}
      title={<Text fw={620} style={{ overflowWrap: "anywhere" }}>{visible(name).slice(0, 200)} <Text span size="xs" c="dimmed">{type}</Text></Text>}
    >
      <Stack gap="md">
        <SimpleGrid cols={3}>{figures.map(([n, v]) => <Figure key={n} name={n} value={v} />)}</SimpleGrid>
        {ends.map(([n, v]) => v !== undefined && <div key={n}><Text size="xs" c="dimmed">{n}</Text><Text size="sm" className="mono" style={{ overflowWrap: "anywhere" }}><bdi>{shown(v, type, zone, 300)}</bdi></Text></div>)}
        <div>
          <Text size="xs" c="dimmed" mb={4}>{s.distinct > s.top.length ? `The ${s.top.length} most frequent values` : "Values"}</Text>
          <Stack gap={4} role="list" aria-label="Most frequent values">
            {s.top.map((t) => (
              <div key={plain(t.value)} className={css.value} role="listitem">
                <Text size="xs" className="mono" truncate><bdi>{shown(t.value, type, zone, 120)}</bdi></Text>
                <Text size="xs" style={{ fontVariantNumeric: "tabular-nums" }}>{count(t.rows)}</Text>
                <Group gap={0} wrap="nowrap"><FilterButtons field={name} value={plain(t.value).slice(0, 60)} onFilter={(_, __, wanted) => onFilter(column, t.value, wanted)} /></Group>
                <i className={css.bar} style={{ width: `${(100 * t.rows) / largest}%` }} />
              </div>
            ))}
          </Stack>
        </div>
      </Stack>
    </Drawer>
  );
}
