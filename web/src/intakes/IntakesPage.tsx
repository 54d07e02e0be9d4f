import { Alert, Badge, Group, ScrollArea, SimpleGrid, Stack, Table, Text, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { Intake, Partition } from "../api/client";
import { Figure } from "../shared/Figure";
import { Incidents } from "../shared/Incidents";
import { PageHeader } from "../shared/PageHeader";
import { Empty, Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { count, duration, short } from "../time/format";

const refresh = 3_000;

/** IntakesPage shows how the reading of each source goes. */
export function IntakesPage() {
  const intakes = useQuery({ queryKey: ["intakes"], queryFn: ({ signal }) => answer(api.GET("/api/v1/intakes", { signal })), refetchInterval: refresh });
  return (
    <>
      <PageHeader title="Intakes" about="Where events come from, and how far reading is." />
      {intakes.isPending && <Loading what="intakes" />}
      {intakes.isError && !intakes.data && <Failure error={intakes.error} retry={() => void intakes.refetch()} />}
      {intakes.data?.intakes.length === 0 && (
        <Empty title="No intake is configured">
          Name an Event Hub (or a file) under <code>intakes</code> in penstock.yaml and start again; <code>penstock demo</code> shows how it looks with a simulated tenant.
        </Empty>
      )}
      <Stack gap="lg">
        {intakes.data?.intakes.map((i) => <IntakeCard key={i.name} intake={i} now={intakes.dataUpdatedAt} />)}
        {intakes.data && intakes.data.intakes.length > 0 && <Incidents />}
      </Stack>
    </>
  );
}

const stateColour: Record<Intake["state"], string> = { starting: "blue", running: "green", waiting: "yellow", failing: "red", stopped: "gray", paused: "gray" };

const partitionColour: Record<Partition["state"], string> = {
  starting: "blue", running: "green", failing: "red", stopped: "gray", elsewhere: "gray", unowned: "yellow", contested: "red",
};

function IntakeCard({ intake, now }: { intake: Intake; now: number }) {
  return (
    <section className="panel" aria-label={`Intake ${intake.name}`}>
      <Group p="md" justify="space-between" style={{ borderBottom: "1px solid var(--ps-line)" }}>
        <Group gap="sm">
          <Text fw={640} size="lg">{intake.name}</Text>
          <Badge color={stateColour[intake.state]} variant="light" tt="none">{intake.state}</Badge>
          <Text c="dimmed" size="sm">{intake.source}</Text>
        </Group>
        <Text size="xs" c="dimmed">{intake.since && <>{intake.state} since <Time at={intake.since} /></>}</Text>
      </Group>
      {intake.problem && <Alert color="red" radius={0} role="alert">{intake.problem}</Alert>}
      {intake.warnings.map((w) => <Alert key={w} color="yellow" radius={0} py={6}>{w}</Alert>)}
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} p="md">
        <Figure name="Events per second" value={short(intake.eventsPerSecond)} />
        <Figure name="Behind" {...behind(intake.partitions)} />
        <Figure name="Kept" value={short(intake.counts.kept)} note={`of ${count(intake.counts.records)} records`} />
        <Figure name="Repeated" value={short(intake.counts.repeated)} note={share(intake.counts.repeated, intake.counts.records)} />
        <Figure name="Quarantined" value={short(intake.counts.quarantined)} tone={intake.counts.quarantined > 0 ? "bad" : "plain"} note={share(intake.counts.quarantined, intake.counts.records)} />
        <Figure name="Last message" value={intake.lastMessage ? <Age at={intake.lastMessage} now={now} /> : "none yet"} />
      </SimpleGrid>
      {intake.partitions.length > 0 && <Partitions partitions={intake.partitions} />}
      <Tables intake={intake} now={now} />
    </section>
  );
}

function share(part: number, whole: number): string {
  return whole === 0 ? "" : `${((100 * part) / whole).toFixed(2)} %`;
}

/** Age is how long before the answer of the server a moment was. */
function Age({ at, now }: { at: string; now: number }) {
  return <Tooltip label={at}><span>{duration(Math.max(0, (now - Date.parse(at)) / 1000))} ago</span></Tooltip>;
}

/** behind sums up the lag: the messages of all partitions, the seconds of the one that is furthest behind. */
function behind(partitions: Partition[]): { value: string; note: string } {
  const known = partitions.filter((p) => p.lagMessages !== undefined);
  if (known.length === 0) return { value: "unknown", note: "" };
  const messages = known.reduce((sum, p) => sum + (p.lagMessages ?? 0), 0);
  return { value: `${short(messages)} msg`, note: `oldest ${duration(Math.max(0, ...partitions.map((p) => p.lagSeconds ?? 0)))}` };
}

function Partitions({ partitions }: { partitions: Partition[] }) {
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
      <Table highlightOnHover verticalSpacing={6} horizontalSpacing="md" fz="sm" miw={900}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Hub</Table.Th><Table.Th>Partition</Table.Th><Table.Th>Read by</Table.Th><Table.Th className="numeric">Last sequence</Table.Th>
            <Table.Th className="numeric">Lag</Table.Th><Table.Th className="numeric">Lag (time)</Table.Th><Table.Th className="numeric">Runway</Table.Th><Table.Th>Began</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{partitions.map((p) => <PartitionRow key={`${p.hub}/${p.partition}`} p={p} />)}</Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function PartitionRow({ p }: { p: Partition }) {
  return (
    <>
      <Table.Tr>
        <Table.Td>{p.hub}</Table.Td>
        <Table.Td className="mono">{p.partition}</Table.Td>
        <Table.Td>
          <Group gap={6} wrap="nowrap"><Badge size="sm" color={partitionColour[p.state]} variant="light" tt="none" style={{ flexShrink: 0 }}>{p.state}</Badge>{p.owned ? "this process" : (p.owner ?? "nobody")}</Group>
        </Table.Td>
        <Table.Td className="numeric mono">{p.lastSequence ?? "–"}</Table.Td>
        <Table.Td className="numeric">{p.lagMessages === undefined ? "–" : count(p.lagMessages)}</Table.Td>
        <Table.Td className="numeric">{p.lagSeconds === undefined ? "–" : duration(p.lagSeconds)}</Table.Td>
        <Table.Td className="numeric">
          <Tooltip label={p.runwaySeconds === undefined ? "Reading keeps up: nothing expires unread" : "Until unread messages expire at this rate"}>
            <Text span fz="sm" c={p.runwaySeconds !== undefined && p.runwaySeconds < 86_400 ? "red" : undefined}>{p.runwaySeconds === undefined ? "safe" : duration(p.runwaySeconds)}</Text>
          </Tooltip>
        </Table.Td>
        <Table.Td>
          {p.start && (
            <Tooltip multiline maw={360} label={`Checkpoint ${p.start.checkpoint ?? "none"}; the hub held ${p.start.hubFirst ?? "?"} to ${p.start.hubLast ?? "?"}`}>
              <Text span fz="sm">{p.start.begins}: {p.start.reason}</Text>
            </Tooltip>
          )}
        </Table.Td>
      </Table.Tr>
      {p.error && <Table.Tr><Table.Td colSpan={8} pt={0}><Text size="sm" c="red">{p.error} {p.errorTime && <Time at={p.errorTime} />}</Text></Table.Td></Table.Tr>}
    </>
  );
}

function Tables({ intake, now }: { intake: Intake; now: number }) {
  const seen = intake.tables.filter((t) => t.last !== undefined).sort((a, b) => b.events - a.events);
  const never = intake.tables.filter((t) => t.last === undefined);
  const most = Math.max(1, ...seen.map((t) => t.events));
  return (
    <div style={{ padding: "var(--mantine-spacing-md)", borderTop: "1px solid var(--ps-line)" }}>
      <Text fw={600} size="sm" mb="xs">Tables</Text>
      {seen.length === 0 && <Text size="sm" c="dimmed">No event has come yet. Defender writes to the hub a few minutes after streaming is switched on in its portal.</Text>}
      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} verticalSpacing={6} spacing="xl">
        {seen.map((t) => (
          <div key={t.table}>
            <Group justify="space-between" gap="xs" wrap="nowrap">
              <Text size="sm" truncate>{t.table}{t.unmapped && <Text span size="xs" c="dimmed"> · no mapping</Text>}</Text>
              <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>{count(t.events)} · {t.last && <Age at={t.last} now={now} />}</Text>
            </Group>
            <div style={{ height: 3, borderRadius: 2, background: "var(--ps-line)" }}>
              <div style={{ height: 3, borderRadius: 2, width: `${(100 * t.events) / most}%`, background: "var(--mantine-primary-color-filled)" }} />
            </div>
          </div>
        ))}
      </SimpleGrid>
      {never.length > 0 && <Text size="xs" c="dimmed" mt="sm">Never arrived: {never.map((t) => t.table).join(", ")}</Text>}
    </div>
  );
}
