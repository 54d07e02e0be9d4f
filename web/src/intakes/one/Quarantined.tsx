import { Anchor, Badge, Group, ScrollArea, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import { visible } from "../../events/document";
import { Failure } from "../../shared/states";
import { Time } from "../../shared/Time";
import { count } from "../../time/format";
import { useQuarantinedOf } from "../queries";

const shown = 5;

/** Quarantined shows the last records of an intake that could not be decoded, and leads to all. */
export function Quarantined({ intake }: { intake: string }) {
  const list = useQuarantinedOf(intake, shown);
  const items = list.data?.items ?? [];
  const all = (list.data?.reasons ?? []).reduce((sum, r) => sum + r.count, 0);
  const address = (more: Record<string, string>) => `/quarantine?${new URLSearchParams({ intake, ...more }).toString()}`;
  return (
    <section className="panel" aria-label="Quarantined records">
      <h2>
        <Group component="span" justify="space-between" gap="xs">
          <span>Quarantined records{list.data && all > 0 && <Text span size="xs" c="dimmed" ml="sm">{count(all)} kept</Text>}</span>
          {items.length > 0 && <Anchor component={Link} to={address({})} size="xs" fw={500}>Look through and replay them</Anchor>}
        </Group>
      </h2>
      {list.isError && !list.data && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.data && items.length === 0 && <Text size="sm" c="dimmed" p="md">None. Everything that was read could be understood.</Text>}
      {items.length > 0 && (
        <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
          <Table verticalSpacing={6} horizontalSpacing="md" fz="sm" miw={640}>
            <Table.Thead><Table.Tr><Table.Th>Read</Table.Th><Table.Th>Reason</Table.Th><Table.Th>Detail</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {items.map((i) => (
                <Table.Tr key={i.id}>
                  <Table.Td><Anchor component={Link} to={address({ item: i.id })} size="sm"><Time at={i.time} /></Anchor></Table.Td>
                  <Table.Td><Badge color="yellow" variant="light" tt="none">{i.reason}</Badge></Table.Td>
                  <Table.Td>{visible(i.detail ?? "").slice(0, 200)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      )}
    </section>
  );
}
