import { Button, ScrollArea, Table, Text } from "@mantine/core";
import { visible } from "../events/document";
import { Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { useAlertEvents } from "./queries";

/** AlertEvents lists the events of an alert; each opens beside it. */
export function AlertEvents({ id, onOpen }: { id: number; onOpen: (event: string) => void }) {
  const events = useAlertEvents(id);
  return (
    <section className="panel" aria-label="Events">
      <h2>Events</h2>
      {events.isPending && <Loading what="events" />}
      {events.isError && !events.data && <Failure error={events.error} retry={() => void events.refetch()} />}
      {events.data?.events.length === 0 && <Text p="md" size="sm" c="dimmed">Its events have not come yet.</Text>}
      {events.data && events.data.events.length > 0 && (
        <ScrollArea.Autosize mah={460} type="auto" viewportProps={{ tabIndex: 0 }}>
          <Table highlightOnHover verticalSpacing={5} horizontalSpacing="md" fz="sm" miw={640}>
            <Table.Thead><Table.Tr><Table.Th>Time</Table.Th><Table.Th>Table</Table.Th><Table.Th>What</Table.Th><Table.Th /></Table.Tr></Table.Thead>
            <Table.Tbody>
              {events.data.events.map((e) => (
                <Table.Tr key={`${e.id} ${e.number}`} data-event={e.id}>
                  <Table.Td><Time at={e.time} /></Table.Td><Table.Td>{e.table}</Table.Td>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>{visible(e.summary).slice(0, 300)}</Table.Td>
                  <Table.Td ta="right"><Button size="compact-xs" variant="light" onClick={() => onOpen(e.id)}>Show</Button></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea.Autosize>
      )}
    </section>
  );
}
