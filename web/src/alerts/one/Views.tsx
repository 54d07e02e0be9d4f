import { Tabs, Text } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { AlertDetail } from "../../api/client";
import type { OnFilter } from "../../events/FilterButtons";
import { one } from "../../shared/address";
import { Failure, Loading } from "../../shared/states";
import { useAlertEvents, useSentences } from "../queries";
import css from "./AlertPage.module.css";
import { EventsView } from "./EventsView";
import { Processes } from "./Processes";

// The graph brings a library of its own.
const GraphView = lazy(async () => ({ default: (await import("./graph/GraphView")).GraphView }));

const views = ["events", "graph", "processes"] as const;

interface Props {
  alert: AlertDetail;
  /** Event that is open beside the page. */
  shown: string | undefined;
  params: URLSearchParams;
  change: (part: Record<string, string | undefined>) => void;
  onOpen: (event: string) => void;
  onFilter: OnFilter;
}

/** Views are three ways to look at what an alert is made of: its events over time, whom they connect, and the processes around them. */
export function Views({ alert, shown, params, change, onOpen, onFilter }: Props) {
  const events = useAlertEvents(alert.id);
  const told = useSentences(alert.id, alert.occurrences);
  const list = events.data?.events;
  return (
    <section className="panel" aria-label="Events">
      <Tabs value={one(params, "view", views, "events")} onChange={(v) => change({ view: v === "events" ? undefined : v ?? undefined })} keepMounted={false}>
        <Tabs.List className={css.views ?? ""}>
          <Tabs.Tab value="events">Timeline{list && <Text span size="xs" c="dimmed" ml={6}>{list.length}</Text>}</Tabs.Tab>
          <Tabs.Tab value="graph">Graph</Tabs.Tab>
          <Tabs.Tab value="processes">Process tree</Tabs.Tab>
        </Tabs.List>
        {events.isPending && <Loading what="events" />}
        {events.isError && !list && <Failure error={events.error} retry={() => void events.refetch()} />}
        {list?.length === 0 && <Text p="md" size="sm" c="dimmed">Its events have not come yet.</Text>}
        {list && list.length > 0 && (
          <>
            <Tabs.Panel value="events"><EventsView events={list} occurrences={alert.occurrences} told={told.data} shown={shown} onOpen={onOpen} onFilter={onFilter} /></Tabs.Panel>
            <Tabs.Panel value="graph"><Suspense fallback={<Loading what="graph" />}><GraphView id={alert.id} occurrences={alert.occurrences} onOpen={onOpen} /></Suspense></Tabs.Panel>
            <Tabs.Panel value="processes"><Processes events={list} told={told.data} /></Tabs.Panel>
          </>
        )}
      </Tabs>
    </section>
  );
}
