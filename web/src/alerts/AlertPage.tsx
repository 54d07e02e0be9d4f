import { Anchor, Badge, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useCallback } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import type { AlertDetail } from "../api/client";
import { visible } from "../events/document";
import { EventDrawer } from "../events/EventDrawer";
import { tabs } from "../events/view";
import { withFilter } from "../query/syntax";
import { one } from "../shared/address";
import { Level } from "../shared/Level";
import { Empty, Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { count } from "../time/format";
import { AlertActions } from "./AlertActions";
import { AlertComments } from "./AlertComments";
import { AlertEvents } from "./AlertEvents";
import { AlertHistory } from "./AlertHistory";
import { Entities } from "./Entities";
import { useAlert } from "./queries";
import { SimilarAlerts } from "./SimilarAlerts";
import { originName, outcome, statusColour } from "./words";
import css from "./AlertPage.module.css";

/** AlertPage shows one alert and takes what is decided about it. An event opened from it is in its address. */
export function AlertPage() {
  const id = Number(useParams().id);
  if (!Number.isSafeInteger(id) || id < 1) return <Empty title="There is no such alert"><Anchor component={Link} to="/alerts">All alerts</Anchor></Empty>;
  return <Shown key={id} id={id} />;
}

function Shown({ id }: { id: number }) {
  const alert = useAlert(id);
  const [params, setParams] = useSearchParams();
  const navigate = useNavigate();
  useDocumentTitle(`${alert.data?.title ?? "Alert"} · Penstock`);
  const event = params.get("event");
  const open = useCallback((eventID: string | undefined) => setParams(eventID ? { event: eventID } : {}), [setParams]);
  if (alert.isPending) return <Loading what="alert" />;
  if (!alert.data) return <Failure error={alert.error} retry={() => void alert.refetch()} />;
  return (
    <Stack gap="md">
      <Head alert={alert.data} />
      <div className={css.columns}>
        <Stack gap="md" miw={0}>
          <Urgency alert={alert.data} />
          <AlertEvents id={id} onOpen={open} />
          <AlertComments id={id} />
          <AlertHistory id={id} />
        </Stack>
        <Stack gap="md" miw={0}>
          <Facts alert={alert.data} />
          <Entities entities={alert.data.entities} />
          <SimilarAlerts id={id} />
        </Stack>
      </div>
      {event && (
        <EventDrawer
          id={event} tab={one(params, "tab", tabs, "fields")} onTab={(tab) => setParams({ event, tab })} onClose={() => open(undefined)}
          onFilter={(field, value, wanted) => void navigate(`/events?${new URLSearchParams({ q: withFilter("", field, value, wanted) })}`)}
        />
      )}
    </Stack>
  );
}

function Head({ alert }: { alert: AlertDetail }) {
  return (
    <Stack gap="xs">
      <Anchor component={Link} underline="always" to="/alerts" size="sm">← All alerts</Anchor>
      <Group gap="sm" align="center">
        <Title order={1}>{visible(alert.title)}</Title>
        <Level level={alert.band}>{`${alert.urgency} ${alert.band}`}</Level>
        <Badge color={statusColour[alert.status]} variant="light" tt="none">{outcome(alert)}</Badge>
        {alert.tags.map((t) => <Badge key={t} variant="outline" color="gray" tt="none">{t}</Badge>)}
      </Group>
      <Text size="sm" c="dimmed" component="div">
        Alert {alert.id} · {originName[alert.origin]} · {count(alert.occurrences)} {alert.occurrences === 1 ? "occurrence" : "occurrences"} · <Time at={alert.first} /> to <Time at={alert.last} />
        {alert.reopened > 0 && ` · reopened ${alert.reopened}×`}
      </Text>
      <AlertActions alert={alert} />
    </Stack>
  );
}

function Urgency({ alert }: { alert: AlertDetail }) {
  return (
    <section className="panel" aria-label="What and why">
      <h2>What was found, and why it is {alert.band}</h2>
      <Stack gap="sm" p="md">
        {alert.description && <Text size="sm" style={{ whiteSpace: "pre-line" }}>{visible(alert.description)}</Text>}
        {alert.provisional && <Text size="sm" c="dimmed">Evidence of this alert has come, Defender's description of it has not yet.</Text>}
        <ul className={css.reasons} aria-label="Reasons of the urgency">
          {alert.reasons.map((r) => <li key={r.text}><b>{r.points > 0 ? `+${r.points}` : r.points}</b> {r.text}</li>)}
        </ul>
        {alert.falsePositives.length > 0 && <Text size="sm"><Text span fw={600} size="sm">Looks the same: </Text>{visible(alert.falsePositives.join("; "))}</Text>}
        {alert.groupedBy.length > 0 && <Text size="sm" c="dimmed">Its events have in common: {visible(alert.groupedBy.map((v) => `${v.field} ${v.value}`).join(", "))}.</Text>}
        {alert.late && <Text size="sm" c="dimmed">More of it was counted after it was closed.</Text>}
      </Stack>
    </section>
  );
}

function Facts({ alert }: { alert: AlertDetail }) {
  return (
    <section className="panel" aria-label="Rule">
      <h2>Rule and ATT&CK</h2>
      <Stack gap={6} p="md" fz="sm">
        {alert.rule && (alert.ruleUnknown
          ? <Text size="sm" c="dimmed">The rule {alert.rule} is not known any more.</Text>
          : <span><Anchor component={Link} underline="always" to={`/rules?${new URLSearchParams({ rule: alert.rule })}`} size="sm">Show the rule</Anchor> · level {alert.level}{alert.author && ` · by ${visible(alert.author)}`}</span>)}
        {alert.defender && <Text size="sm">{[alert.defender.service, alert.defender.category, alert.defender.severity].filter(Boolean).join(" · ")} · {alert.defender.alertId}</Text>}
        {alert.attack.map((t) => (
          <span key={t.id}><Anchor component={Link} underline="always" to={`/alerts?${new URLSearchParams({ technique: t.id })}`} size="sm">{t.id}</Anchor> {t.name}</span>
        ))}
        {alert.references.filter((r) => /^https?:\/\//.test(r)).map((r) => <Anchor key={r} href={r} underline="always" target="_blank" rel="noreferrer noopener" size="xs" style={{ overflowWrap: "anywhere" }}>{r}</Anchor>)}
      </Stack>
    </section>
  );
}
