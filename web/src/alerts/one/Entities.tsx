import { Anchor, Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import type { AlertDetail, AlertEntity } from "../../api/client";
import { visible } from "../../events/document";
import { timelineOf } from "../../events/pivot";
import { count } from "../../time/format";
import css from "./AlertPage.module.css";
import { alertsOf, eventsOfEntity, KindIcon } from "./kinds";

/** So many are shown at first. */
const few = 8;
const longest = 300;

/** Entities are those whom an alert is about; each leads to its alerts and to its events. */
export function Entities({ entities }: { entities: AlertDetail["entities"] }) {
  const [all, setAll] = useState(false);
  return (
    <section className="panel" aria-label="Entities">
      <h2>Entities{entities.length > 0 && <Text span size="xs" c="dimmed" ml={8}>{count(entities.length)}</Text>}</h2>
      {entities.length === 0 && <Text p="md" size="sm" c="dimmed">None is named.</Text>}
      {(all ? entities : entities.slice(0, few)).map((e) => <Entity key={`${e.kind} ${e.value}`} entity={e} />)}
      {!all && entities.length > few && <Button m={8} size="compact-xs" variant="subtle" onClick={() => setAll(true)}>Show all {entities.length}</Button>}
    </section>
  );
}

function Entity({ entity: e }: { entity: AlertEntity }) {
  const [open, setOpen] = useState(false);
  const alerts = alertsOf(e.kind, e.value);
  const events = eventsOfEntity(e);
  const timeline = e.kind === "host" ? timelineOf("host.name", e.value, e.last) : e.kind === "user" ? timelineOf("user.name", e.details?.["name"] ?? e.value, e.last) : undefined;
  const value = visible(e.value);
  return (
    <div className={css.entity} data-entity={e.kind}>
      <div className={css.entityHead}>
        <KindIcon kind={e.kind} size={16} />
        <div className={css.grow}>
          <Text size="sm" fw={550} className={css.value ?? ""}><bdi>{open ? value : value.slice(0, longest)}{!open && value.length > longest && "…"}</bdi></Text>
          <Group gap={10} mt={2}>
            <Text span size="xs" c="dimmed">{[e.kind, ...e.roles].join(" · ")}{e.occurrences > 1 && ` · ${count(e.occurrences)}×`}</Text>
            {alerts && <Anchor component={Link} to={alerts} size="xs" underline="always" aria-label={`Alerts of ${e.kind} ${value.slice(0, 80)}`}>Alerts</Anchor>}
            {events && <Anchor component={Link} to={events} size="xs" underline="always" aria-label={`Events of ${e.kind} ${value.slice(0, 80)}`}>Events</Anchor>}
            {timeline && <Anchor component={Link} to={timeline} size="xs" underline="always" aria-label={`Timeline of ${e.kind} ${value.slice(0, 80)}`}>Timeline</Anchor>}
            {e.details && <Button size="compact-xs" variant="subtle" h={20} px={4} aria-expanded={open} aria-label={`Details of ${e.kind} ${value.slice(0, 80)}`} onClick={() => setOpen(!open)}>{open ? "Less" : "Details"}</Button>}
          </Group>
        </div>
      </div>
      {open && e.details && (
        <dl className={css.details}>
          {Object.entries(e.details).map(([name, v]) => [<dt key={name}>{name}</dt>, <dd key={`${name}=`}>{visible(v)}</dd>])}
          {e.seen && [<dt key="seen">seen in</dt>, <dd key="seen=">{visible(e.seen)}</dd>]}
        </dl>
      )}
    </div>
  );
}
