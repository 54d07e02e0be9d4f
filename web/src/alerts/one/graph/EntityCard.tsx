import { Anchor, Button, Group, Text } from "@mantine/core";
import { Link } from "react-router";
import type { EntityGraph, GraphNode } from "../../../api/client";
import { visible } from "../../../events/document";
import { timelineOf } from "../../../events/pivot";
import { Time } from "../../../shared/Time";
import { count } from "../../../time/format";
import { alertsOf, eventsOf, KindIcon } from "../kinds";
import css from "./Graph.module.css";

/** Of the events that tell of an entity so many are offered. */
const offered = 4;

/** EntityCard says what is known of an entity of the graph, and where it leads. */
export function EntityCard({ node: n, graph, onOpen }: { node: GraphNode; graph: EntityGraph; onOpen: (event: string) => void }) {
  const events = eventsOf(n.field, n.raw);
  const alerts = alertsOf(n.kind, n.value);
  const timeline = n.field && n.raw ? timelineOf(n.field, n.raw, n.last) : undefined;
  const told = [...new Set(graph.edges.filter((e) => e.from === n.id || e.to === n.id).flatMap((e) => e.events))];
  return (
    <Group gap="md" justify="space-between" align="flex-start">
      <div className={css.about}>
        <Text size="sm" fw={600} className={css.value ?? ""}><KindIcon kind={n.kind} size={15} /> <bdi>{visible(n.value).slice(0, 1000)}</bdi></Text>
        <Text size="xs" c="dimmed" component="div">{n.kind} · in {count(n.occurrences)} {n.occurrences === 1 ? "relation" : "relations"} · <Time at={n.first} />{n.last !== n.first && <> to <Time at={n.last} /></>}</Text>
      </div>
      <Group gap="sm">
        {events && <Anchor component={Link} to={events} size="sm" underline="always">Its events</Anchor>}
        {alerts && <Anchor component={Link} to={alerts} size="sm" underline="always">Its alerts</Anchor>}
        {timeline && <Anchor component={Link} to={timeline} size="sm" underline="always">Its timeline</Anchor>}
        {told.slice(0, offered).map((id, i) => <Button key={id} size="compact-xs" variant="light" onClick={() => onOpen(id)}>{told.length === 1 ? "The event" : `Event ${i + 1}`}</Button>)}
        {told.length > offered && <Text size="xs" c="dimmed">+{told.length - offered}</Text>}
      </Group>
    </Group>
  );
}
