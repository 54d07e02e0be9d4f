import { Badge, Button, ScrollArea, Table, Text } from "@mantine/core";
import type { Session } from "../../api/client";
import { visible } from "../../events/document";
import { Time } from "../../shared/Time";

/** SessionTable shows where an account is signed in. */
export function SessionTable({ sessions, busy, onEnd }: { sessions: Session[]; busy: number | undefined; onEnd: (id: number) => void }) {
  if (sessions.length === 0) return <Text p="md" size="sm" c="dimmed">Nowhere.</Text>;
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
      <Table fz="sm" verticalSpacing={6} horizontalSpacing="md" miw={720}>
        <Table.Thead><Table.Tr><Table.Th>Address</Table.Th><Table.Th>Browser</Table.Th><Table.Th>By</Table.Th><Table.Th>Since</Table.Th><Table.Th>Last used</Table.Th><Table.Th /></Table.Tr></Table.Thead>
        <Table.Tbody>
          {sessions.map((s) => (
            <Table.Tr key={s.id}>
              <Table.Td className="mono">{s.address}</Table.Td>
              <Table.Td maw={280}><Text size="sm" truncate title={visible(s.agent)}>{visible(s.agent)}</Text></Table.Td>
              <Table.Td>{s.method}</Table.Td>
              <Table.Td><Time at={s.began} /></Table.Td>
              <Table.Td><Time at={s.used} /></Table.Td>
              <Table.Td>
                {s.current ? <Badge variant="light" color="green" tt="none">this one</Badge> : (
                  <Button size="compact-xs" variant="default" loading={busy === s.id} aria-label={`End the session from ${s.address}`} onClick={() => onEnd(s.id)}>End</Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
