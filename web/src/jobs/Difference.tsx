import { Anchor, Group, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import type { Job, JobDifference } from "../api/client";
import { visible } from "../events/document";
import { rulePath } from "../rules/view";
import { Figure } from "../shared/Figure";
import { Empty, Failure, Loading } from "../shared/states";
import { count } from "../time/format";
import { eventParams } from "./Matches";
import { useJobDifference } from "./queries";

/** Difference shows what another version of the mapping or of the rules would change. */
export function Difference({ job }: { job: Job }) {
  const difference = useJobDifference(job);
  if (difference.isPending) return <Loading what="difference" />;
  if (!difference.data) return <Failure error={difference.error} retry={() => void difference.refetch()} />;
  const d = difference.data;
  return (
    <>
      <section className="panel" aria-label="What would change">
        <h2>What would change</h2>
        <Group gap={36} p="md">
          <Figure name="Events compared" value={count(d.events)} />
          <Figure name="Events that would differ" value={count(d.changed)} />
          <Figure name="Rules whose matches differ" value={count(d.rules?.length ?? 0)} />
        </Group>
      </section>
      <Rules difference={d} />
      <Fields difference={d} />
    </>
  );
}

function Rules({ difference }: { difference: JobDifference }) {
  const rules = difference.rules ?? [];
  return (
    <section className="panel" aria-label="Rules that differ">
      <h2>Rules</h2>
      {rules.length === 0 && <Empty title="No rule would match otherwise" />}
      {rules.length > 0 && (
        <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
          <Table fz="sm" verticalSpacing={6} miw={760}>
            <Table.Thead>
              <Table.Tr><Table.Th>Rule</Table.Th><Table.Th className="numeric">Before</Table.Th><Table.Th className="numeric">After</Table.Th><Table.Th className="numeric">Gained</Table.Th><Table.Th className="numeric">Lost</Table.Th><Table.Th className="numeric">Alerts</Table.Th></Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rules.map((r) => (
                <Table.Tr key={r.id}>
                  <Table.Td>
                    <Anchor component={Link} to={rulePath(r.id)} size="sm">{visible(r.title || r.id)}</Anchor>
                    {(r.samples ?? []).map((s) => (
                      <Text key={s.event} size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                        {s.gained ? "gains" : "loses"} <Anchor component={Link} underline="always" to={`/events?${eventParams(s)}`} size="xs">{s.table}</Anchor> {visible(s.summary)}
                      </Text>
                    ))}
                  </Table.Td>
                  <Table.Td className="numeric">{count(r.before)}</Table.Td><Table.Td className="numeric">{count(r.after)}</Table.Td>
                  <Table.Td className="numeric">+{count(r.gained)}</Table.Td><Table.Td className="numeric">−{count(r.lost)}</Table.Td>
                  <Table.Td className="numeric">{count(r.alertsBefore)} → {count(r.alertsAfter)}{r.alertsCut ? "+" : ""}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <Text size="xs" c="dimmed" p="sm">{difference.note}</Text>
        </ScrollArea>
      )}
    </section>
  );
}

function Fields({ difference }: { difference: JobDifference }) {
  const fields = difference.fields ?? [];
  return (
    <section className="panel" aria-label="Fields that differ">
      <h2>Fields</h2>
      {fields.length === 0 && <Empty title="No field would differ" />}
      {fields.length > 0 && (
        <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
          <Table fz="sm" verticalSpacing={6} miw={760}>
            <Table.Thead><Table.Tr><Table.Th>Table</Table.Th><Table.Th>Field</Table.Th><Table.Th className="numeric">Added</Table.Th><Table.Th className="numeric">Removed</Table.Th><Table.Th className="numeric">Changed</Table.Th><Table.Th>For example</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {fields.map((f) => (
                <Table.Tr key={`${f.table} ${f.field}`}>
                  <Table.Td>{f.table}</Table.Td><Table.Td className="mono">{f.field}</Table.Td>
                  <Table.Td className="numeric">{count(f.added)}</Table.Td><Table.Td className="numeric">{count(f.removed)}</Table.Td><Table.Td className="numeric">{count(f.changed)}</Table.Td>
                  <Table.Td maw={380}>
                    <Stack gap={0}>{(f.samples ?? []).slice(0, 2).map((s) => <Text key={s.event} className="mono" size="xs" style={{ overflowWrap: "anywhere" }}>{visible((s.before ?? "none").slice(0, 200))} → {visible((s.after ?? "none").slice(0, 200))}</Text>)}</Stack>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {difference.otherFields > 0 && <Text size="xs" c="dimmed" p="sm">{count(difference.otherFields)} more changes of other fields.</Text>}
        </ScrollArea>
      )}
    </section>
  );
}
