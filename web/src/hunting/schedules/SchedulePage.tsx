import { Alert, Anchor, Button, Group, Modal, Stack, Switch, Table, Text, Title } from "@mantine/core";
import { useDisclosure, useDocumentTitle } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconPencil, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { Link, useNavigate, useParams } from "react-router";
import { visible } from "../../events/document";
import { Panel } from "../../rules/one/Panel";
import { Copy } from "../../shared/Copy";
import { Level } from "../../shared/Level";
import { Failure, Loading } from "../../shared/states";
import { Time } from "../../shared/Time";
import { count, duration } from "../../time/format";
import { huntPath } from "../view";
import type { Schedule } from "../wire";
import { comparisonWords, groupingWords } from "./draft";
import { useDeleteSchedule, useEnable, useRunNow, useSchedule, useScheduleRuns } from "./queries";
import css from "./Schedules.module.css";

/** SchedulePage is one hunt that runs by itself: what it does, and what its runs came to. */
export function SchedulePage() {
  const id = Number(useParams().id);
  const schedule = useSchedule(id);
  if (schedule.isPending) return <Loading what="schedule" />;
  if (schedule.isError) return <Failure error={schedule.error} retry={() => void schedule.refetch()} />;
  return <One schedule={schedule.data} />;
}

function One({ schedule: s }: { schedule: Schedule }) {
  useDocumentTitle(`${s.name} · Penstock`);
  const enable = useEnable();
  const run = useRunNow();
  const now = () => run.mutate(s.id, {
    onSuccess: (r) => notifications.show(r.state === "failed" ? { color: "red", title: "The run failed", message: r.error ?? "" } : { message: `${count(r.rows)} rows, ${count(r.alerts)} alerts.` }),
  });
  return (
    <Stack gap="md">
      <div>
        <Anchor component={Link} underline="always" to="/hunting/schedules" size="sm">← Schedules</Anchor>
        <Group justify="space-between" mt={4}>
          <Group gap="sm"><Title order={1}>{visible(s.name)}</Title><Level level={s.severity} /></Group>
          <Group gap="xs">
            <Switch checked={s.enabled} disabled={enable.isPending} label={s.enabled ? "Enabled" : "Not enabled"} onChange={(e) => enable.mutate({ schedule: s, enabled: e.currentTarget.checked })} />
            <Button size="compact-md" variant="default" leftSection={<IconPlayerPlay size={15} />} loading={run.isPending} onClick={now}>Run now</Button>
            <Button size="compact-md" variant="default" component={Link} to={`/hunting/schedules/${s.id}/edit`} leftSection={<IconPencil size={15} />}>Edit</Button>
            <DeleteButton schedule={s} />
          </Group>
        </Group>
        {s.description && <Text size="sm" mt={4} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{visible(s.description)}</Text>}
      </div>
      {s.suppressedUntil && <Alert color="yellow" py={8}>It found something, and rests until <Time at={s.suppressedUntil} />.</Alert>}
      <Panel title="What it does" actions={<Group gap={6}><Anchor component={Link} size="xs" underline="always" to={`/alerts?${new URLSearchParams({ rule: s.rule })}`}>Its alerts</Anchor><Anchor component={Link} size="xs" underline="always" to={huntPath(s.query)}>Open the hunt</Anchor></Group>}>
        <Facts schedule={s} />
        <div style={{ position: "relative", marginTop: 10 }}>
          <div style={{ position: "absolute", right: 8, top: 8 }}><Copy text={s.query} what="the query" /></div>
          {/* A long query scrolls by the keyboard too. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre className={css.query} tabIndex={0} aria-label="Query">{visible(s.query)}</pre>
        </div>
      </Panel>
      <Runs id={s.id} />
    </Stack>
  );
}

function Facts({ schedule: s }: { schedule: Schedule }) {
  const facts: [string, string][] = [
    ["Runs", `every ${duration(s.everySeconds)}, over the last ${duration(s.lookbackSeconds)} unless the query says itself of which time it wants events`],
    ["Raises alerts", `when there are ${comparisonWords[s.threshold.op]} ${count(s.threshold.rows)} rows. ${groupingWords[s.grouping]}.`],
    ["Rests", s.suppressSeconds ? `${duration(s.suppressSeconds)} once it has found something` : "never"],
    ["Entities", (s.entities ?? []).map((e) => `${e.column} (${e.kind})`).join(", ") || "none: alerts will not say whom they concern"],
    ["ATT&CK", [...(s.tactics ?? []), ...(s.techniques ?? [])].join(", ") || "–"],
    ["Parameters", (s.parameters ?? []).map((p) => `${p.name} = ${p.value}`).join(", ") || "–"],
  ];
  return (
    <dl className={css.facts}>
      {facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{visible(value)}</dd></div>)}
      <div><dt>Changed</dt><dd>by {visible(s.changedBy)}, <Time at={s.changed} /></dd></div>
    </dl>
  );
}

function DeleteButton({ schedule: s }: { schedule: Schedule }) {
  const [open, { open: ask, close }] = useDisclosure();
  const remove = useDeleteSchedule();
  const navigate = useNavigate();
  return (
    <>
      <Button size="compact-md" variant="subtle" color="red" leftSection={<IconTrash size={15} />} onClick={ask}>Delete…</Button>
      <Modal opened={open} onClose={close} centered title="Delete the schedule?" closeButtonProps={{ "aria-label": "Close" }}>
        <Text size="sm">“{visible(s.name)}” runs no more. Its alerts stay.</Text>
        <Group justify="flex-end" mt="md"><Button variant="default" onClick={close}>Leave it</Button><Button color="red" loading={remove.isPending} onClick={() => remove.mutate(s.id, { onSuccess: () => void navigate("/hunting/schedules") })}>Delete</Button></Group>
      </Modal>
    </>
  );
}

function Runs({ id }: { id: number }) {
  const runs = useScheduleRuns(id);
  return (
    <section className="panel" aria-label="Runs">
      <h2>Runs</h2>
      {runs.isPending && <Loading what="runs" />}
      {runs.isError && <Failure error={runs.error} retry={() => void runs.refetch()} />}
      {runs.data?.length === 0 && <Text size="sm" c="dimmed" p="md">It has not run yet.</Text>}
      {runs.data && runs.data.length > 0 && (
        <Table.ScrollContainer minWidth={700} mah={460} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Runs" } }}>
          <Table verticalSpacing={5} horizontalSpacing="md" fz="sm">
            <Table.Thead><Table.Tr><Table.Th>Started</Table.Th><Table.Th>Looked at</Table.Th><Table.Th ta="right">Took</Table.Th><Table.Th ta="right">Rows</Table.Th><Table.Th ta="right">Alerts</Table.Th><Table.Th>Outcome</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {runs.data.map((r) => (
                <Table.Tr key={r.id} data-run={r.state}>
                  <Table.Td><Time at={r.started} /></Table.Td>
                  <Table.Td><Time at={r.from} /> – <Time at={r.to} /></Table.Td>
                  <Table.Td className="numeric">{duration(r.seconds)}</Table.Td>
                  <Table.Td className="numeric">{count(r.rows)}</Table.Td>
                  <Table.Td className="numeric">{count(r.alerts)}</Table.Td>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>{r.state}{r.error ? `: ${visible(r.error)}` : ""}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </section>
  );
}
