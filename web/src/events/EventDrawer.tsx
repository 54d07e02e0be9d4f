import { ActionIcon, Anchor, Badge, Button, CopyButton, Drawer, Group, Stack, Tabs, Text, TextInput, Tooltip } from "@mantine/core";
import { IconCheck, IconColumnInsertRight, IconCopy, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import type { StoredEvent } from "../api/client";
import { Level } from "../shared/Level";
import { Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { count, duration } from "../time/format";
import { flatten, visible } from "./document";
import type { Scalar } from "./document";
import { FilterButtons } from "./FilterButtons";
import type { OnFilter } from "./FilterButtons";
import { useEvent } from "./queries";
import { tabs } from "./view";
import type { Tab } from "./view";
import css from "./EventDrawer.module.css";

interface Props {
  id: string;
  tab: Tab;
  onTab: (tab: Tab) => void;
  onClose: () => void;
  onFilter: OnFilter;
  /** Where there are columns to add to. */
  onAddColumn?: (name: string) => void;
}

/** EventDrawer shows one event: its fields, its document, and the record as it came. */
export function EventDrawer({ id, tab, onTab, onClose, onFilter, onAddColumn }: Props) {
  const event = useEvent(id);
  return (
    <Drawer
      opened onClose={onClose} position="right" size="min(760px, 100vw)" withOverlay={false} lockScroll={false} shadow="xl"
      title={<Text fw={620}>{event.data?.table ?? "Event"}</Text>} closeButtonProps={{ "aria-label": "Close the event" }} transitionProps={{ duration: 120 }}
    >
      {event.isPending && <Loading what="event" />}
      {event.isError && <Failure error={event.error} retry={() => void event.refetch()} />}
      {event.data && (
        <Stack gap="sm">
          <Head event={event.data} />
          <Tabs value={tab} onChange={(v) => onTab(tabs.find((t) => t === v) ?? "fields")} keepMounted={false}>
            <Tabs.List mb="sm">
              <Tabs.Tab value="fields">Fields</Tabs.Tab>
              <Tabs.Tab value="json">JSON</Tabs.Tab>
              <Tabs.Tab value="record">Record</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="fields"><Fields event={event.data} onFilter={onFilter} {...(onAddColumn ? { onAddColumn } : {})} /></Tabs.Panel>
            <Tabs.Panel value="json"><Code text={JSON.stringify(event.data.document, null, 2)} what="document" /></Tabs.Panel>
            <Tabs.Panel value="record">
              <Text size="xs" c="dimmed" mb={6}>
                Byte for byte as it came. {event.data.hub ? `Hub ${event.data.hub}, partition ${event.data.partition ?? ""}, ` : ""}
                sequence number {event.data.sequence}, record {event.data.index}.
              </Text>
              <Code text={event.data.record} what="record" />
            </Tabs.Panel>
          </Tabs>
        </Stack>
      )}
    </Drawer>
  );
}

function Head({ event }: { event: StoredEvent }) {
  const c = event.clocks;
  const stages: [string, string | undefined, string | undefined][] = [
    ["to Microsoft", c.event, c.received], ["published", c.received, c.published], ["in the hub", c.published, c.enqueued], ["read", c.enqueued, c.read], ["searchable", c.read, c.searchable],
  ];
  return (
    <Stack gap={6}>
      <Group gap="sm"><Time at={event.time} millis /><Badge variant="light" tt="none" fw={500}>{event.intake}</Badge></Group>
      <Group gap={6}><Text size="xs" c="dimmed" className="mono">{event.id}</Text><Copy text={event.id} what="id" /></Group>
      <div className={css.clocks} aria-label="Clocks">
        {stages.map(([name, from, to]) => from && to && <span key={name}>{name} <b>+{duration((Date.parse(to) - Date.parse(from)) / 1000)}</b></span>)}
      </div>
      <Detected event={event} />
    </Stack>
  );
}

/** Detected names the rules that an event matched when it came, and the alerts that it is in. */
function Detected({ event }: { event: StoredEvent }) {
  if (event.rules.length === 0 && event.alerts.length === 0) return null;
  return (
    <div aria-label="Detected" role="group">
      {event.alerts.map((a) => <div key={a.id}><Group gap={6} wrap="nowrap"><Level level={a.band} /><Anchor component={Link} underline="always" to={`/alerts/${a.id}`} size="sm">Alert {a.id}: {visible(a.title)}</Anchor></Group></div>)}
      {event.rules.map((r) => (
        <div key={r.id}><Group gap={6} wrap="nowrap"><Level level={r.level} /><Anchor component={Link} underline="always" to={`/rules?${new URLSearchParams({ rule: r.id })}`} size="sm">Rule: {visible(r.title || r.id)}</Anchor></Group></div>
      ))}
    </div>
  );
}

function Fields({ event, onFilter, onAddColumn }: { event: StoredEvent; onFilter: OnFilter; onAddColumn?: (name: string) => void }) {
  const [search, setSearch] = useState("");
  const wanted = search.toLowerCase();
  const fields = flatten(event.document).filter((f) => f.name.toLowerCase().includes(wanted) || f.values.some((v) => String(v).toLowerCase().includes(wanted)));
  return (
    <>
      <TextInput size="xs" mb="xs" placeholder="Find a field or a value" aria-label="Find a field or a value" leftSection={<IconSearch size={13} />} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
      <table className={css.table}>
        <tbody>
          {fields.flatMap((f) => f.values.map((v, i) => (
            <tr key={`${f.name} ${i}`} data-field={f.name}>
              <td className={css.name}>{i === 0 ? f.name : ""}</td>
              <td className={css.value}><Value value={v} /></td>
              <td className={css.acts}>
                <Group gap={0} justify="flex-end" wrap="nowrap">
                  <FilterButtons field={f.name} value={v} onFilter={onFilter} />
                  {onAddColumn && <ActionIcon size={24} variant="subtle" color="gray" title="Show as a column" aria-label={`Show ${f.name} as a column`} onClick={() => onAddColumn(f.name)}><IconColumnInsertRight size={14} /></ActionIcon>}
                  <Copy text={String(v)} what={f.name} />
                </Group>
              </td>
            </tr>
          )))}
        </tbody>
      </table>
    </>
  );
}

/** A value longer than this is shown whole only on request. */
const longValue = 1_500;

function Value({ value }: { value: Scalar }) {
  const [whole, setWhole] = useState(false);
  const text = visible(value);
  if (whole || text.length <= longValue) return <>{text}</>;
  return (
    <>
      {text.slice(0, longValue)}…{" "}
      <Button size="compact-xs" variant="light" onClick={() => setWhole(true)}>Show all {count(text.length)} characters</Button>
    </>
  );
}

function Code({ text, what }: { text: string; what: string }) {
  return (
    <div style={{ position: "relative" }}>
      <div style={{ position: "absolute", right: 8, top: 8 }}><Copy text={text} what={what} /></div>
      {/* A long text scrolls by the keyboard too. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={css.code} tabIndex={0} aria-label={what}>{visible(text)}</pre>
    </div>
  );
}

function Copy({ text, what }: { text: string; what: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? "Copied" : "Copy"} withArrow>
          <ActionIcon size={24} variant="subtle" color={copied ? "green" : "gray"} aria-label={`Copy ${what}`} onClick={copy}>{copied ? <IconCheck size={14} /> : <IconCopy size={14} />}</ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
