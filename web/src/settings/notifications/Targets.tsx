import { ActionIcon, Badge, Button, Group, Modal, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../../access/session";
import type { NotificationTarget } from "../../api/client";
import { visible } from "../../events/document";
import { changeName, kindName, leadsTo } from "./target";
import { useDeleteTarget, useTestTarget } from "./queries";

interface Props {
  targets: NotificationTarget[];
  onEdit: (target: NotificationTarget) => void;
}

/** Targets lists where notifications go. Each can be tried, and says what came of that. */
export function Targets({ targets, onEdit }: Props) {
  const [doomed, setDoomed] = useState<NotificationTarget>();
  const remove = useDeleteTarget();
  return (
    <section className="panel" aria-label="Targets">
      <h2>Targets</h2>
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
        <Table highlightOnHover verticalSpacing={6} horizontalSpacing="md" fz="sm" miw={780}>
          <Table.Thead><Table.Tr><Table.Th>Name</Table.Th><Table.Th>Kind</Table.Th><Table.Th>Leads to</Table.Th><Table.Th>Tells of</Table.Th><Table.Th>State</Table.Th><Table.Th>Trial</Table.Th><Table.Th aria-label="Actions" /></Table.Tr></Table.Thead>
          <Table.Tbody>{targets.map((t) => <Row key={t.id} target={t} onEdit={() => onEdit(t)} onDelete={() => setDoomed(t)} />)}</Table.Tbody>
        </Table>
      </ScrollArea>
      <Modal opened={doomed !== undefined} onClose={() => setDoomed(undefined)} title={`Delete ${visible(doomed?.name ?? "")}?`} closeButtonProps={{ "aria-label": "Close" }}>
        <Stack>
          <Text size="sm">Nothing is sent there any more, and the record of its deliveries goes with it. Switching it off keeps both.</Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setDoomed(undefined)}>Keep it</Button>
            <Button color="red" loading={remove.isPending} onClick={() => doomed && remove.mutate(doomed.id, { onSuccess: () => setDoomed(undefined) })}>Delete</Button>
          </Group>
        </Stack>
      </Modal>
    </section>
  );
}

function Row({ target: t, onEdit, onDelete }: { target: NotificationTarget; onEdit: () => void; onDelete: () => void }) {
  const test = useTestTarget();
  const write = useMay("settings.write");
  const about = !t.changes?.length || t.changes.length === 3 ? "everything" : t.changes.map((c) => changeName[c].toLowerCase()).join(", ");
  return (
    <Table.Tr data-target={t.id}>
      <Table.Td fw={550} maw={220} style={{ overflowWrap: "anywhere" }}>{visible(t.name)}</Table.Td>
      <Table.Td>{kindName[t.kind]}</Table.Td>
      <Table.Td className="mono" maw={300} style={{ overflowWrap: "anywhere" }}>{visible(leadsTo(t))}</Table.Td>
      <Table.Td maw={240}>{about}{t.minUrgency ? `, from urgency ${t.minUrgency}` : ""}</Table.Td>
      <Table.Td><Badge color={t.enabled ? "green" : "gray"} variant="light" tt="none">{t.enabled ? "on" : "off"}</Badge></Table.Td>
      <Table.Td maw={300}>
        {write && <Group gap="xs" wrap="nowrap">
          <Button size="compact-xs" variant="light" miw="max-content" loading={test.isPending} onClick={() => test.mutate(t.id)} aria-label={`Send a test message to ${t.name}`}>Send a test</Button>
          <Text size="xs" role="status" c={test.data && !test.data.sent ? "var(--ps-bad)" : "var(--ps-good)"} style={{ overflowWrap: "anywhere" }}>
            {test.data && (test.data.sent ? "It was taken." : `It was not taken: ${visible(test.data.problem ?? "")}`)}
          </Text>
        </Group>}
      </Table.Td>
      <Table.Td>
        {write && <Group gap={2} wrap="nowrap" justify="flex-end">
          <ActionIcon variant="subtle" color="gray" aria-label={`Change ${t.name}`} onClick={onEdit}><IconPencil size={15} /></ActionIcon>
          <ActionIcon variant="subtle" color="gray" aria-label={`Delete ${t.name}`} onClick={onDelete}><IconTrash size={15} /></ActionIcon>
        </Group>}
      </Table.Td>
    </Table.Tr>
  );
}
