import { Anchor, Badge, Group, Text } from "@mantine/core";
import { Link } from "react-router";
import type { AlertDetail } from "../api/client";
import { visible } from "../events/document";
import css from "./AlertPage.module.css";

/** Entities are those whom an alert is about; hosts and users lead to the alerts that they are in. */
export function Entities({ entities }: { entities: AlertDetail["entities"] }) {
  return (
    <section className="panel" aria-label="Entities">
      <h2>Entities</h2>
      {entities.length === 0 && <Text p="md" size="sm" c="dimmed">None is named.</Text>}
      {entities.map((e) => (
        <div key={`${e.kind} ${e.value}`} className={css.entity}>
          <Group gap={6}>
            <Badge variant="light" color="gray" tt="none">{e.kind}</Badge>
            {e.roles.map((r) => <Text key={r} span size="xs" c="dimmed">{r}</Text>)}
          </Group>
          <Text size="sm" mt={2}>
            {e.kind === "host" || e.kind === "user"
              ? <Anchor component={Link} underline="always" size="sm" to={`/alerts?${new URLSearchParams({ [e.kind]: e.value })}`}>{visible(e.value)}</Anchor>
              : visible(e.value).slice(0, 600)}
          </Text>
          {e.details && (
            <dl className={css.details}>
              {Object.entries(e.details).map(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={`${name}=`}>{visible(value)}</dd>])}
            </dl>
          )}
        </div>
      ))}
    </section>
  );
}
