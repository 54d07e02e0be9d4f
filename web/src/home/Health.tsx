import { Anchor, Badge, Group, ScrollArea, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import { useMay } from "../access/session";
import type { Intake } from "../api/client";
import { visible } from "../events/document";
import { IntakeState } from "../intakes/IntakeState";
import { intakePath } from "../intakes/words";
import { duration, short } from "../time/format";
import { useFailedDeliveries, useIncidents, useTargets } from "./queries";
import { lagOf } from "./state";

/** Health says of every source and destination whether it works. */
export function Health({ intakes, now }: { intakes: Intake[]; now: number }) {
  const settings = useMay("settings.read");
  const targets = useTargets(settings);
  const failed = useFailedDeliveries(settings);
  const incidents = useIncidents();
  const open = incidents.data?.incidents.filter((i) => !i.closed) ?? [];
  const since = now - 86_400_000;
  return (
    <section className="panel" aria-label="Health">
      <h2>Sources and destinations</h2>
      {open.length > 0 && (
        <Group gap="xs" px="md" pt="sm">
          <Badge color="red" variant="light" tt="none">{open.length} open {open.length === 1 ? "incident" : "incidents"}</Badge>
          <Text size="sm">{visible(open[0]?.message ?? "")}</Text>
          <Anchor component={Link} to="/trust" size="sm" underline="always">See Trust</Anchor>
        </Group>
      )}
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
        <Table verticalSpacing={6} horizontalSpacing="md" fz="sm" miw={640}>
          <Table.Thead><Table.Tr><Table.Th>Name</Table.Th><Table.Th>Kind</Table.Th><Table.Th>State</Table.Th><Table.Th className="numeric">Rate</Table.Th><Table.Th>What it says</Table.Th></Table.Tr></Table.Thead>
          <Table.Tbody>
            {intakes.map((i) => {
              const lag = lagOf([i]);
              return (
                <Table.Tr key={`intake/${i.name}`}>
                  <Table.Td><Anchor component={Link} to={intakePath(i.name)} size="sm">{visible(i.name)}</Anchor></Table.Td>
                  <Table.Td>intake · {i.source}</Table.Td>
                  <Table.Td><IntakeState state={i.state} /></Table.Td>
                  <Table.Td className="numeric">{short(i.eventsPerSecond)}/s</Table.Td>
                  <Table.Td>
                    {i.problem ? <Text span size="sm" c="red">{visible(i.problem)}</Text> : (
                      <Text span size="sm" c="dimmed">
                        {i.lastMessage ? `last message ${duration(Math.max(0, (now - Date.parse(i.lastMessage)) / 1000))} ago` : "no message yet"}{lag === undefined ? "" : `, ${duration(lag)} behind`}
                      </Text>
                    )}
                  </Table.Td>
                </Table.Tr>
              );
            })}
            {targets.data?.targets.map((t) => {
              const lost = failed.data?.deliveries.filter((d) => d.target === t.id && Date.parse(d.created) > since).length ?? 0;
              return (
                <Table.Tr key={`target/${t.id}`}>
                  <Table.Td>{visible(t.name)}</Table.Td>
                  <Table.Td>notifications · {t.kind}</Table.Td>
                  <Table.Td><Badge color={!t.enabled ? "gray" : lost > 0 ? "red" : "green"} variant="light" tt="none">{!t.enabled ? "off" : lost > 0 ? "failing" : "on"}</Badge></Table.Td>
                  <Table.Td />
                  <Table.Td><Text span size="sm" c={lost > 0 ? "red" : "dimmed"}>{lost > 0 ? `${lost} notifications of the last day were given up` : ""}</Text></Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      {intakes.length === 0 && <Text p="md" size="sm" c="dimmed">There is no intake.</Text>}
    </section>
  );
}
