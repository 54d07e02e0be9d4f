import { Anchor, Stack } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { lazy, Suspense, useCallback } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import type { AlertEvent } from "../../api/client";
import { visible } from "../../events/document";
import { EventDrawer } from "../../events/EventDrawer";
import type { OnFilter } from "../../events/FilterButtons";
import { tabs as eventTabs } from "../../events/view";
import { withFilter } from "../../query/syntax";
import { one } from "../../shared/address";
import { Empty, Failure, Loading } from "../../shared/states";
import { useAlert, useAlertEvents } from "../queries";
import { Activity } from "./Activity";
import css from "./AlertPage.module.css";
import { Entities } from "./Entities";
import { Head } from "./Head";
import { RuleFacts } from "./RuleFacts";
import { SimilarAlerts } from "./SimilarAlerts";
import { Views } from "./Views";
import { WhatAndWhy } from "./WhatAndWhy";

const FoundRow = lazy(async () => ({ default: (await import("./FoundRow")).FoundRow }));

/** AlertPage shows one alert and takes what is decided about it. What is opened from it is in its address. */
export function AlertPage() {
  const id = Number(useParams().id);
  if (!Number.isSafeInteger(id) || id < 1) return <Empty title="There is no such alert"><Anchor component={Link} to="/alerts" underline="always">All alerts</Anchor></Empty>;
  return <Shown key={id} id={id} />;
}

function Shown({ id }: { id: number }) {
  const alert = useAlert(id);
  const events = useAlertEvents(id);
  const [params, setParams] = useSearchParams();
  const navigate = useNavigate();
  useDocumentTitle(`${visible(alert.data?.title ?? "Alert")} · Penstock`);
  const event = params.get("event");
  const change = useCallback((part: Record<string, string | undefined>) => {
    setParams((old) => {
      const next = new URLSearchParams(old);
      for (const [name, value] of Object.entries(part)) {
        if (value) next.set(name, value);
        else next.delete(name);
      }
      return next;
    }, { replace: true, preventScrollReset: true });
  }, [setParams]);
  const search: OnFilter = useCallback((field, value, wanted) => void navigate(`/events?${new URLSearchParams({ q: withFilter("", field, value, wanted) })}`), [navigate]);
  const open = useCallback((e: string) => change({ event: e }), [change]);
  if (alert.isPending) return <Loading what="alert" />;
  if (!alert.data) return <Failure error={alert.error} retry={() => void alert.refetch()} />;
  return (
    <Stack gap="md">
      <Head alert={alert.data} />
      <div className={css.columns}>
        <Stack gap="md" miw={0}>
          <WhatAndWhy alert={alert.data} />
          <Views alert={alert.data} shown={event ?? undefined} params={params} change={change} onOpen={open} onFilter={search} />
          <Activity id={id} />
        </Stack>
        <Stack gap="md" miw={0}>
          <RuleFacts alert={alert.data} />
          <Entities entities={alert.data.entities} />
          <SimilarAlerts id={id} />
        </Stack>
      </div>
      {event && events.data && rowOf(events.data.events, event) && <Suspense><FoundRow events={events.data.events} shown={event} onOpen={open} onClose={() => change({ event: undefined })} /></Suspense>}
      {event && events.data && !rowOf(events.data.events, event) && (
        <EventDrawer
          id={event} tab={one(params, "tab", eventTabs, "fields")} onTab={(tab) => change({ tab: tab === "fields" ? undefined : tab })} onClose={() => change({ event: undefined, tab: undefined })}
          onFilter={search}
        />
      )}
    </Stack>
  );
}

/** rowOf is the row that a scheduled hunt has found, where an event of an alert is one. */
const rowOf = (events: readonly AlertEvent[], id: string) => events.find((e) => e.id === id)?.row;
