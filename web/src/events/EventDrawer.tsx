import { Badge, Drawer, Group, Stack, Tabs, Text } from "@mantine/core";
import { lazy, Suspense } from "react";
import { Link } from "react-router";
import type { StoredEvent } from "../api/client";
import { Copy } from "../shared/Copy";
import { Level } from "../shared/Level";
import { Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { duration } from "../time/format";
import { visible } from "./document";
import { EventFields } from "./EventFields";
import type { OnFilter } from "./FilterButtons";
import { useEvent } from "./queries";
import { EventRules } from "./EventRules";
import { Telling } from "./Sentence";
import { tabs } from "./view";
import type { Tab } from "./view";
import css from "./EventDrawer.module.css";

// What needs further questions is loaded when it is asked for.
const RelatedEvents = lazy(async () => ({ default: (await import("./RelatedEvents")).RelatedEvents }));
const Provenance = lazy(async () => ({ default: (await import("./Provenance")).Provenance }));
const ProcessTree = lazy(async () => ({ default: (await import("./ProcessTree")).ProcessTree }));

interface Props {
  id: string;
  tab: Tab;
  onTab: (tab: Tab) => void;
  onClose: () => void;
  onFilter: OnFilter;
  /** Where there are columns to add to. */
  onAddColumn?: (name: string) => void;
  /** Address that shows this event to others; without it, that of the event alone. */
  link?: string;
}

/** EventDrawer shows one event: what happened, its fields, its document, the record as it came, and what belongs to it. */
export function EventDrawer({ id, tab, onTab, onClose, onFilter, onAddColumn, link }: Props) {
  const event = useEvent(id);
  return (
    <Drawer
      opened onClose={onClose} position="right" size="min(820px, 100vw)" withOverlay={false} lockScroll={false} shadow="xl" data-event-detail
      title={<Group gap={8} wrap="nowrap"><Text fw={620}>{event.data?.table ?? "Event"}</Text><Copy text={link ?? `${location.origin}/events?event=${id}`} what="the link to this event" label="Copy link" /></Group>}
      closeButtonProps={{ "aria-label": "Close the event", ...({ "data-autofocus": true }) }} transitionProps={{ duration: 120 }}
    >
      {event.isPending && <Loading what="event" />}
      {event.isError && <Failure error={event.error} retry={() => void event.refetch()} />}
      {event.data && (
        <Stack gap="sm">
          <Head event={event.data} onFilter={onFilter} />
          <Tabs value={tab} onChange={(v) => onTab(tabs.find((t) => t === v) ?? "fields")} keepMounted={false}>
            <Tabs.List mb="sm" className={css.tabs}>
              <Tabs.Tab value="fields">Fields</Tabs.Tab>
              <Tabs.Tab value="json">JSON</Tabs.Tab>
              <Tabs.Tab value="record">Original</Tabs.Tab>
              <Tabs.Tab value="rules">Rules{event.data.rules.length > 0 ? ` (${event.data.rules.length})` : ""}</Tabs.Tab>
              <Tabs.Tab value="provenance">Provenance</Tabs.Tab>
              <Tabs.Tab value="related">Related</Tabs.Tab>
              <Tabs.Tab value="tree">Process tree</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="fields"><EventFields event={event.data} onFilter={onFilter} {...(onAddColumn ? { onAddColumn } : {})} /></Tabs.Panel>
            <Tabs.Panel value="json"><Code text={JSON.stringify(event.data.document, null, 2)} what="document" /></Tabs.Panel>
            <Tabs.Panel value="record">
              <Text size="xs" c="dimmed" mb={6}>
                Byte for byte as it came. {event.data.hub ? `Hub ${event.data.hub}, partition ${event.data.partition ?? ""}, ` : ""}
                sequence number {event.data.sequence}, record {event.data.index}.
              </Text>
              <Code text={event.data.record} what="record" />
            </Tabs.Panel>
            <Tabs.Panel value="rules"><EventRules event={event.data} /></Tabs.Panel>
            <Tabs.Panel value="provenance"><Suspense fallback={<Loading what="provenance" />}><Provenance id={id} /></Suspense></Tabs.Panel>
            <Tabs.Panel value="related"><Suspense fallback={<Loading what="related events" />}><RelatedEvents id={id} /></Suspense></Tabs.Panel>
            <Tabs.Panel value="tree"><Suspense fallback={<Loading what="process tree" />}><ProcessTree id={id} /></Suspense></Tabs.Panel>
          </Tabs>
        </Stack>
      )}
    </Drawer>
  );
}

function Head({ event, onFilter }: { event: StoredEvent; onFilter: OnFilter }) {
  const c = event.clocks;
  const stages: [string, string | undefined, string | undefined][] = [
    ["to Microsoft", c.event, c.received], ["published", c.received, c.published], ["in the hub", c.published, c.enqueued], ["read", c.enqueued, c.read], ["searchable", c.read, c.searchable],
  ];
  return (
    <Stack gap={6}>
      <Telling parts={event.sentence.parts} onFilter={onFilter} at={event.time} />
      <Group gap="sm"><Time at={event.time} millis /><Badge variant="light" tt="none" fw={500}>{event.intake}</Badge></Group>
      {event.alerts.map((a) => <Alerted key={a.id} id={a.id} band={a.band} title={a.title} />)}
      <details className={css.more}>
        <summary>Identity and clocks</summary>
        <Group gap={6}><Text size="xs" c="dimmed" className="mono">{event.id}</Text><Copy text={event.id} what="id" /></Group>
        <div className={css.clocks} aria-label="Clocks" role="group">
          {stages.map(([name, from, to]) => from && to && <span key={name}>{name} <b>+{duration((Date.parse(to) - Date.parse(from)) / 1000)}</b></span>)}
        </div>
      </details>
    </Stack>
  );
}

function Alerted({ id, band, title }: { id: number; band: string; title: string }) {
  return <Group gap={6} wrap="nowrap"><Level level={band} /><Link className={css.link} to={`/alerts/${id}`}>Alert {id}: {visible(title)}</Link></Group>;
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
