import { Anchor, Badge, Group, SimpleGrid, Text } from "@mantine/core";
import { Link } from "react-router";
import type { Intake } from "../../api/client";
import { visible } from "../../events/document";
import { Time } from "../../shared/Time";
import { count, short } from "../../time/format";
import { Age } from "../Age";
import { useFormats } from "../queries";
import { placeOf } from "../words";

/** inAll is how much of a table has come, over all starts: what came within seconds is noted a moment later. */
const inAll = (t: Intake["tables"][number]) => Math.max(t.total, t.events);

/** Seen are the tables that have come, the most frequent first. */
export function Seen({ of, now }: { of: Intake; now: number }) {
  const seen = of.tables.filter((t) => t.last !== undefined).sort((a, b) => inAll(b) - inAll(a) || (a.table < b.table ? -1 : 1));
  const most = Math.max(1, ...seen.map(inAll));
  return (
    <section className="panel" aria-label="Tables">
      <h2>Tables that arrive<Text span size="xs" c="dimmed" ml="sm">events in all; how many a second, when the last and the first came</Text></h2>
      {seen.length === 0 && <Text size="sm" c="dimmed" p="md">No event has come yet. {of.push ? "A program has to send one; the commands were shown with the key." : `Defender writes to the ${placeOf(of)} a few minutes after streaming is switched on in its portal.`}</Text>}
      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} verticalSpacing={8} spacing="xl" p={seen.length > 0 ? "md" : 0}>
        {seen.map((t) => (
          <div key={t.table}>
            <Group justify="space-between" gap="xs" wrap="nowrap">
              <Group gap={6} wrap="nowrap" miw={0}>
                <Text size="sm" truncate title={visible(t.table)}>{visible(t.table)}</Text>
                {t.unmapped && <Badge size="xs" color="yellow" variant="light" tt="none" miw="max-content">no mapping</Badge>}
              </Group>
              <Text size="sm">{count(inAll(t))}</Text>
            </Group>
            <div style={{ height: 3, borderRadius: 2, background: "var(--ps-line)" }}>
              <div style={{ height: 3, borderRadius: 2, width: `${(100 * inAll(t)) / most}%`, background: "var(--mantine-primary-color-filled)" }} />
            </div>
            <Text size="xs" c="dimmed">{short(t.eventsPerSecond)}/s · {t.last && <Age at={t.last} now={now} />}{t.first && <> · since <Time at={t.first} /></>}</Text>
          </div>
        ))}
      </SimpleGrid>
    </section>
  );
}

/** NeverArrived are the tables that were expected and have never come, and what to do about it. */
export function NeverArrived({ intake }: { intake: Intake }) {
  const formats = useFormats();
  const about = new Map(formats.data?.formats.find((f) => f.id === intake.format)?.tables.map((t) => [t.name, t]));
  const chosen = intake.chosenTables?.length ?? 0;
  return (
    <section className="panel" aria-label="Tables that have never arrived">
      <h2>{count(intake.neverArrived.length)}{chosen > 0 && ` of ${count(chosen)} chosen`} {intake.neverArrived.length === 1 ? "table has" : "tables have"} never arrived</h2>
      <Text size="sm" p="md" pb="xs" maw={860}>
        Rules and searches find nothing in them. If you want them, {intake.push ? "have the program that sends here send them too" : `tick them in the Defender portal: System, Settings, Microsoft Defender XDR, Streaming API, the entry that writes to ${placeOf(intake).endsWith("s") ? "these" : "this"} ${placeOf(intake)}`}. A table comes only where the product behind it is licensed and something happens; some are rare.
        {(intake.categories?.length ?? 0) > 0 && <> This intake takes {intake.categories?.map((c) => visible(c)).join(", ")} only: <Anchor component={Link} to="edit" size="sm" underline="always">edit its categories</Anchor>.</>}
        {!intake.locked && <> Which tables are to arrive is <Anchor component={Link} to="edit" size="sm" underline="always">a setting of the intake</Anchor>.</>}
      </Text>
      <SimpleGrid cols={{ base: 1, md: 2 }} verticalSpacing={8} spacing="xl" p="md" pt="xs">
        {intake.neverArrived.map((t) => {
          const of = about.get(t);
          return (
            <div key={t}>
              <Text size="sm">{visible(t)}</Text>
              {of && <Text size="xs" c="dimmed">{of.description}. {of.without && `Without it ${of.without}.`}</Text>}
              {of?.tick && !intake.push && <Text size="xs" c="dimmed">Tick: {of.tick}. {of.needs && `It needs ${of.needs}.`}</Text>}
            </div>
          );
        })}
      </SimpleGrid>
    </section>
  );
}
