import { Badge, Group, ScrollArea, Table, Text, Tooltip } from "@mantine/core";
import type { Intake, Partition } from "../../api/client";
import { visible } from "../../events/document";
import { Time } from "../../shared/Time";
import { bytes, count, duration } from "../../time/format";
import { partitionAbout, partitionColour, placeOf } from "../words";

/** Partitions shows how far the reading of each partition of the source is. */
export function Partitions({ of }: { of: Intake }) {
  const { partitions, source } = of;
  const blobs = source === "blob";
  return (
    <section className="panel" aria-label="Partitions">
      <h2>{blobs ? "Days of the containers" : `Partitions of the ${placeOf(of)}`}</h2>
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
        <Table highlightOnHover verticalSpacing={6} horizontalSpacing="md" fz="sm" miw={1240}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{blobs ? "Container / day" : source === "kafka" ? "Topic / partition" : "Hub / partition"}</Table.Th><Table.Th>Read by</Table.Th><Table.Th>Last message</Table.Th><Table.Th className="numeric">Sequence</Table.Th>
              <Table.Th className="numeric">Lag</Table.Th><Table.Th className="numeric">Age of the oldest unread</Table.Th><Table.Th className="numeric">Runway</Table.Th><Table.Th>Began</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>{partitions.map((p) => <PartitionRow key={`${p.hub}/${p.partition}`} p={p} />)}</Table.Tbody>
        </Table>
      </ScrollArea>
    </section>
  );
}

function PartitionRow({ p }: { p: Partition }) {
  return (
    <>
      <Table.Tr>
        <Table.Td>{p.hub} / {p.partition}</Table.Td>
        <Table.Td>
          <Tooltip label={partitionAbout[p.state]}>
            <Group gap={6} wrap="nowrap"><Badge size="sm" color={partitionColour[p.state]} variant="light" tt="none" miw="max-content">{p.state}</Badge><Text span fz="sm" style={{ whiteSpace: "nowrap" }}>{p.owned ? "this process" : (p.owner ?? "nobody")}</Text></Group>
          </Tooltip>
        </Table.Td>
        <Table.Td><Time at={p.lastMessage} /></Table.Td>
        <Table.Td className="numeric mono">{p.lastSequence ?? "–"}</Table.Td>
        <Table.Td className="numeric">{p.lagMessages !== undefined ? count(p.lagMessages) : p.lagBytes === undefined ? "–" : bytes(p.lagBytes)}</Table.Td>
        <Table.Td className="numeric">{p.lagSeconds === undefined ? "–" : (p.lagMessages ?? p.lagBytes) === 0 ? "none waits" : duration(p.lagSeconds)}</Table.Td>
        <Table.Td className="numeric"><Runway seconds={p.runwaySeconds} /></Table.Td>
        <Table.Td>
          {p.start && (
            <Tooltip multiline maw={360} label={`Checkpoint ${p.start.checkpoint ?? "none"}; there was ${p.start.hubFirst ?? "?"} to ${p.start.hubLast ?? "?"}`}>
              <Text span fz="sm">{p.start.begins}: {p.start.reason}</Text>
            </Tooltip>
          )}
        </Table.Td>
      </Table.Tr>
      {p.error && <Table.Tr><Table.Td colSpan={8} pt={0}><Text size="sm" c="red">{visible(p.error)} {p.errorTime && <Time at={p.errorTime} />}</Text></Table.Td></Table.Tr>}
    </>
  );
}

/** Runway is how long until unread messages expire; there is none to fear while reading keeps up. */
function Runway({ seconds }: { seconds: number | undefined }) {
  const tight = seconds !== undefined && seconds < 86_400;
  return (
    <Tooltip label={seconds === undefined ? "Reading keeps up: nothing expires unread" : "Until unread messages expire at this rate"}>
      <Text span fz="sm" c={tight ? "red" : undefined}>{seconds === undefined ? "safe" : duration(seconds)}</Text>
    </Tooltip>
  );
}
