import { Anchor, Badge, Checkbox, ScrollArea, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import type { Alert } from "../api/client";
import { visible } from "../events/document";
import { toggled } from "../shared/address";
import { Level } from "../shared/Level";
import { Time } from "../shared/Time";
import { count } from "../time/format";
import { originName, outcome, statusColour } from "./words";

interface Props {
  alerts: Alert[];
  selected: number[];
  onSelect: (ids: number[]) => void;
}

/** AlertList shows alerts, of which some may be selected. */
export function AlertList({ alerts, selected, onSelect }: Props) {
  const all = selected.length === alerts.length;
  return (
    <section className="panel" aria-label="Alerts">
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
        <Table highlightOnHover verticalSpacing={6} horizontalSpacing="sm" fz="sm" miw={1000}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={36}><Checkbox size="xs" aria-label="Select all alerts" checked={all} indeterminate={!all && selected.length > 0} onChange={() => onSelect(all ? [] : alerts.map((a) => a.id))} /></Table.Th>
              <Table.Th>Urgency</Table.Th><Table.Th>Alert</Table.Th><Table.Th>Hosts, users</Table.Th><Table.Th>Status</Table.Th><Table.Th>Assignee</Table.Th>
              <Table.Th className="numeric">Count</Table.Th><Table.Th>Last seen</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {alerts.map((a) => (
              <Table.Tr key={a.id} data-alert={a.id} bg={selected.includes(a.id) ? "var(--ps-selected)" : undefined}>
                <Table.Td><Checkbox size="xs" aria-label={`Select alert ${a.id}`} checked={selected.includes(a.id)} onChange={() => onSelect(toggled(selected, a.id))} /></Table.Td>
                <Table.Td><Level level={a.band}>{`${a.urgency} ${a.band}`}</Level></Table.Td>
                <Table.Td maw={420}>
                  <Anchor component={Link} to={`/alerts/${a.id}`} size="sm">{visible(a.title)}</Anchor>
                  <Text size="xs" c="dimmed">{[originName[a.origin], ...a.techniques.slice(0, 3), ...a.tags].join(" · ")}</Text>
                </Table.Td>
                <Table.Td maw={280} style={{ overflowWrap: "anywhere" }}>{visible([...a.hosts, ...a.users].slice(0, 4).join(", "))}</Table.Td>
                <Table.Td><Badge color={statusColour[a.status]} variant="light" tt="none" miw="max-content">{outcome(a)}</Badge></Table.Td>
                <Table.Td>{a.assignee ?? ""}</Table.Td>
                <Table.Td className="numeric">{count(a.occurrences)}</Table.Td>
                <Table.Td><Time at={a.last} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
    </section>
  );
}
