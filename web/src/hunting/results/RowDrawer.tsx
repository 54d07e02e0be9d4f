import { ActionIcon, Anchor, Button, Drawer, Group, Menu, Stack, Tabs, Text, TextInput, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconArrowRight, IconChevronDown, IconChevronUp, IconSearch } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { Link, useNavigate } from "react-router";
import { useMay } from "../../access/session";
import { answer, api } from "../../api/client";
import { useZone } from "../../app/preferences";
import { visible } from "../../events/document";
import { FilterButtons } from "../../events/FilterButtons";
import { searchFor } from "../../events/pivot";
import type { Tab } from "../../events/view";
import { withFilter } from "../../query/syntax";
import { Copy } from "../../shared/Copy";
import { count } from "../../time/format";
import type { ResultColumn } from "../wire";
import { around, eventSearch, eventsPath } from "./pivot";
import { Tree, treeOf } from "./Tree";
import { plain, shown } from "./values";
import css from "../../events/EventDrawer.module.css";

const EventDrawer = lazy(async () => ({ default: (await import("../../events/EventDrawer")).EventDrawer }));

/** So much of a value is shown at once. */
const longest = 20_000;

interface Props {
  columns: readonly ResultColumn[];
  row: readonly unknown[];
  /** Its number among the rows that are shown, from 1, and how many those are. */
  number: number;
  of: number;
  /** The range that was hunted in, where a row does not say its own time. */
  range: { from: string; to: string };
  onStep: (by: 1 | -1) => void;
  /** What a filter by a value does; without it there are none. */
  onFilter?: (column: number, value: unknown, wanted: boolean) => void;
  /** What is to be known about the row. */
  remark?: string | undefined;
  onClose: () => void;
}

/** RowDrawer shows one row of a result in full, and leads to the events that it is about. */
export function RowDrawer({ columns, row, number, of, range, onStep, onFilter, remark, onClose }: Props) {
  const [event, setEvent] = useState<string>();
  const json = JSON.stringify(Object.fromEntries(columns.map((c, i) => [c.name, row[i] ?? null])), null, 2);
  return (
    <Drawer
      opened onClose={onClose} closeOnEscape={event === undefined} position="right" size="min(820px, 100vw)" withOverlay={false} lockScroll={false} shadow="xl" data-event-detail closeButtonProps={{ "aria-label": "Close the row", ...({ "data-autofocus": true }) }} transitionProps={{ duration: 120 }}
      title={
        <Group gap={8} wrap="nowrap">
          <Text fw={620}>Row {count(number)} of {count(of)}</Text>
          <Tooltip label="Row before"><ActionIcon size={26} variant="default" aria-label="Row before" disabled={number <= 1} onClick={() => onStep(-1)}><IconChevronUp size={15} /></ActionIcon></Tooltip>
          <Tooltip label="Next row"><ActionIcon size={26} variant="default" aria-label="Next row" disabled={number >= of} onClick={() => onStep(1)}><IconChevronDown size={15} /></ActionIcon></Tooltip>
        </Group>
      }
    >
      <Stack gap="sm">
        <FoundEvent columns={columns} row={row} onOpen={setEvent} />
        {remark && <Text size="xs" c="dimmed">{remark}</Text>}
        <Tabs defaultValue="fields" keepMounted={false}>
          <Tabs.List mb="sm" className={css.tabs}><Tabs.Tab value="fields">Columns</Tabs.Tab><Tabs.Tab value="json">JSON</Tabs.Tab></Tabs.List>
          <Tabs.Panel value="fields"><Fields columns={columns} row={row} range={range} {...(onFilter && { onFilter })} /></Tabs.Panel>
          <Tabs.Panel value="json">
            <div style={{ position: "relative" }}>
              <div style={{ position: "absolute", right: 8, top: 8 }}><Copy text={json} what="the row as JSON" /></div>
              {/* A long text scrolls by the keyboard too. */}
              {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
              <pre className={css.code} tabIndex={0} aria-label="The row as JSON">{visible(json)}</pre>
            </div>
          </Tabs.Panel>
        </Tabs>
      </Stack>
      {event !== undefined && <Suspense><OverEvent id={event} range={eventSearch(columns, row) ?? range} onClose={() => setEvent(undefined)} /></Suspense>}
    </Drawer>
  );
}

/** OverEvent shows the event above the row; its filters lead to the page of events. */
function OverEvent({ id, range, onClose }: { id: string; range: { from: string; to: string }; onClose: () => void }) {
  const [tab, setTab] = useState<Tab>("fields");
  const navigate = useNavigate();
  const wide = around(range.from, 86_400_000) ?? range;
  return <EventDrawer id={id} tab={tab} onTab={setTab} onClose={onClose} onFilter={(field, value, wanted) => void navigate(searchFor(withFilter("", field, value, wanted), wide))} />;
}

/** FoundEvent looks for the event that the row is, where the row has what identifies one. */
function FoundEvent({ columns, row, onOpen }: { columns: readonly ResultColumn[]; row: readonly unknown[]; onOpen: (id: string) => void }) {
  const may = useMay("events.read");
  const search = eventSearch(columns, row);
  const found = useQuery({
    queryKey: ["hunting", "event", search],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/events", { params: { query: { ...search, limit: 2 } }, signal })),
    enabled: may && search !== undefined, staleTime: Infinity, gcTime: 60_000,
  });
  if (!may || !search) return null;
  const [first, second] = found.data?.events ?? [];
  if (first && !second) return <Group><Button size="compact-sm" variant="light" leftSection={<IconSearch size={14} />} onClick={() => onOpen(first.id)}>Show the event</Button></Group>;
  if (first) return <Anchor component={Link} underline="always" size="sm" to={`/events?${new URLSearchParams(search)}`}>Show the events that it may be</Anchor>;
  return <Text size="xs" c="dimmed" role="status">{found.isPending ? "Looking for the event…" : "The event of this row was not found."}</Text>;
}

function Fields({ columns, row, range, onFilter }: Pick<Props, "columns" | "row" | "range" | "onFilter">) {
  const [wanted, setWanted] = useState("");
  const small = wanted.toLowerCase();
  const all = columns.map((column, i) => ({ column, i }));
  const some = small === "" ? all : all.filter(({ column, i }) => column.name.toLowerCase().includes(small) || plain(row[i]).toLowerCase().includes(small));
  return (
    <>
      <TextInput size="xs" mb={6} leftSection={<IconSearch size={14} />} placeholder="Find in this row" aria-label="Find in this row" value={wanted} onChange={(e) => setWanted(e.currentTarget.value)} />
      <table className={css.table}>
        <tbody>{some.map(({ i }) => <Field key={i} columns={columns} row={row} at={i} range={range} {...(onFilter && { onFilter })} />)}</tbody>
      </table>
    </>
  );
}

function Field({ columns, row, at, range, onFilter }: Pick<Props, "columns" | "row" | "range" | "onFilter"> & { at: number }) {
  const { zone } = useZone();
  const may = useMay("events.read");
  const column = columns[at];
  if (!column) return null;
  const value = row[at];
  const tree = treeOf(value);
  const path = may ? eventsPath(columns, row, at, range) : undefined;
  const text = plain(value);
  return (
    <tr data-column={column.name}>
      <td className={css.name}><bdi title={column.type}>{visible(column.name)}</bdi></td>
      <td className={css.value}>{value === null ? <Text span size="xs" c="dimmed">null</Text> : tree ? <Tree value={tree} /> : <bdi>{shown(value, column.type, zone, longest)}{text.length > longest ? "…" : ""}</bdi>}</td>
      <td className={css.acts}>
        <Group gap={2} justify="flex-end">
          {onFilter && <FilterButtons field={column.name} value={text} onFilter={(_, __, wanted) => onFilter(at, value, wanted)} />}
          <Copy text={text} what={column.name} />
          {path && (
            <Menu position="bottom-end" shadow="md">
              <Menu.Target><ActionIcon size={24} variant="subtle" color="gray" aria-label={`Where ${column.name} leads`}><IconArrowRight size={14} /></ActionIcon></Menu.Target>
              <Menu.Dropdown><Menu.Item component={Link} to={path} leftSection={<IconSearch size={14} />}>Events with this value</Menu.Item></Menu.Dropdown>
            </Menu>
          )}
        </Group>
      </td>
    </tr>
  );
}
