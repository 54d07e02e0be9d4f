import { Anchor, Badge, Button, Group, Stack, Switch, Table, Text } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "react-router";
import { visible } from "../../events/document";
import { Level } from "../../shared/Level";
import { Empty, Failure, Loading } from "../../shared/states";
import { Time } from "../../shared/Time";
import { count, duration } from "../../time/format";
import { HuntingTabs } from "../HuntingTabs";
import type { Schedule } from "../wire";
import { useEnable, useSchedules } from "./queries";

/** SchedulesPage lists the hunts that run by themselves. */
export function SchedulesPage() {
  useDocumentTitle("Scheduled hunts · Penstock");
  const schedules = useSchedules();
  return (
    <Stack gap="md">
      <HuntingTabs />
      <Group justify="space-between">
        <Text size="sm" c="dimmed">Hunts that run by themselves and raise alerts of what they find.</Text>
        <Button component={Link} to="/hunting/schedules/new" leftSection={<IconPlus size={15} />}>New schedule</Button>
      </Group>
      <section className="panel" aria-label="Schedules">
        {schedules.isPending && <Loading what="schedules" />}
        {schedules.isError && <Failure error={schedules.error} retry={() => void schedules.refetch()} />}
        {schedules.data?.length === 0 && <Empty title="No hunt runs by itself yet">Write a query on <Anchor component={Link} underline="always" to="/hunting">Hunt</Anchor>, see that it finds what it should, then “Schedule” makes a detection rule of it.</Empty>}
        {schedules.data && schedules.data.length > 0 && (
          <Table.ScrollContainer minWidth={760} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Schedules" } }}>
            <Table verticalSpacing="xs" horizontalSpacing="md" fz="sm">
              <Table.Thead><Table.Tr><Table.Th>Name</Table.Th><Table.Th>Severity</Table.Th><Table.Th>Every</Table.Th><Table.Th>Last run</Table.Th><Table.Th>Next run</Table.Th><Table.Th>Enabled</Table.Th></Table.Tr></Table.Thead>
              <Table.Tbody>{schedules.data.map((s) => <Row key={s.id} schedule={s} />)}</Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </section>
    </Stack>
  );
}

function Row({ schedule: s }: { schedule: Schedule }) {
  const enable = useEnable();
  return (
    <Table.Tr data-schedule={s.id}>
      <Table.Td><Anchor component={Link} to={`/hunting/schedules/${s.id}`} fw={550} underline="always">{visible(s.name)}</Anchor></Table.Td>
      <Table.Td><Level level={s.severity} /></Table.Td>
      <Table.Td>{duration(s.everySeconds)}</Table.Td>
      <Table.Td>{s.lastRun ? <RunWords run={s.lastRun} /> : <Text size="sm" c="dimmed">never</Text>}</Table.Td>
      <Table.Td>{s.nextRun ? <Time at={s.nextRun} /> : <Text size="sm" c="dimmed">{s.enabled ? "soon" : "not enabled"}</Text>}</Table.Td>
      <Table.Td><Switch size="sm" checked={s.enabled} disabled={enable.isPending} aria-label={`Enable ${s.name}`} onChange={(e) => enable.mutate({ schedule: s, enabled: e.currentTarget.checked })} /></Table.Td>
    </Table.Tr>
  );
}

/** RunWords says what a run came to. */
export function RunWords({ run }: { run: NonNullable<Schedule["lastRun"]> }) {
  return (
    <Group gap={8} wrap="nowrap">
      <Time at={run.started} />
      {run.state === "done"
        ? <Text size="sm" span>{count(run.rows)} {run.rows === 1 ? "row" : "rows"}, {count(run.alerts)} {run.alerts === 1 ? "alert" : "alerts"}</Text>
        : <Badge size="sm" variant="light" tt="none" color={run.state === "failed" ? "red" : "yellow"}>{run.state}</Badge>}
    </Group>
  );
}
