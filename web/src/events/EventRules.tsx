import { Anchor, Group, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import type { StoredEvent } from "../api/client";
import { Level } from "../shared/Level";
import { visible } from "./document";

/** EventRules names the rules that an event matched when it came, and the alerts that it is in. */
export function EventRules({ event }: { event: StoredEvent }) {
  if (event.rules.length === 0) {
    return <Text size="sm" c="dimmed">No rule that was enabled when this event came has matched it.</Text>;
  }
  return (
    <Stack gap="xs" role="list" aria-label="Rules that matched">
      {event.rules.map((r) => (
        <Group key={r.id} role="listitem" gap="sm" wrap="nowrap" justify="space-between">
          <Group gap={8} wrap="nowrap"><Level level={r.level} /><Anchor component={Link} underline="always" to={`/rules/${encodeURIComponent(r.id)}`} size="sm" style={{ overflowWrap: "anywhere" }}>{visible(r.title || r.id)}</Anchor></Group>
          <Anchor component={Link} size="xs" to={`/rules/${encodeURIComponent(r.id)}?${new URLSearchParams({ event: event.id })}`}>Why it matched</Anchor>
        </Group>
      ))}
    </Stack>
  );
}
