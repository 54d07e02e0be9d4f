import { Badge, Group, ScrollArea, SimpleGrid, Table, Text } from "@mantine/core";
import type { LedgerReport } from "../api/client";
import { Figure } from "../shared/Figure";
import { count } from "../time/format";

/** storedNote says how much of what was kept a search finds. */
function storedNote({ stored, counts }: LedgerReport): string {
  if (stored === undefined) return "the lake could not tell how many are searchable";
  return stored >= counts.kept ? "all searchable" : `${count(stored)} searchable: the others soon, or deleted by retention`;
}

/** Ledger says of every partition what was read, and whether anything is missing. */
export function Ledger({ report }: { report: LedgerReport }) {
  const missing = report.partitions.reduce((sum, p) => sum + p.gaps.reduce((n, g) => n + g.last - g.first + 1, 0), 0);
  const c = report.counts;
  return (
    <section className="panel" aria-label="Ledger">
      <h2>Delivery ledger</h2>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} p="md">
        <Figure
          name="Verdict" value={report.complete ? "complete" : missing > 0 ? `${count(missing)} lost` : "unbalanced"} tone={report.complete ? "good" : "bad"}
          note={report.balanced ? "the sums agree" : "the sums do not agree"}
        />
        <Figure name="Messages read" value={count(report.messages)} />
        <Figure name="Records" value={count(c.records)} />
        <Figure name="Kept" value={count(c.kept)} note={storedNote(report)} />
        <Figure name="Repeated" value={count(c.repeated)} />
        <Figure name="Quarantined, filtered" value={`${count(c.quarantined)}, ${count(c.filtered)}`} />
      </SimpleGrid>
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
        <Table verticalSpacing={6} horizontalSpacing="md" fz="sm" miw={780}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Intake</Table.Th><Table.Th>Hub / partition</Table.Th><Table.Th>Sequence numbers read</Table.Th><Table.Th className="numeric">Messages</Table.Th>
              <Table.Th className="numeric">Kept</Table.Th><Table.Th>Gaps</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {report.partitions.map((p) => (
              <Table.Tr key={`${p.intake}/${p.hub}/${p.partition}`}>
                <Table.Td>{p.intake}</Table.Td>
                <Table.Td>{p.hub} / {p.partition}</Table.Td>
                <Table.Td className="mono">{p.intervals.slice(0, 6).map((i) => `${i.first}–${i.last}`).join(", ")}{p.intervals.length > 6 ? ` and ${p.intervals.length - 6} more` : ""}</Table.Td>
                <Table.Td className="numeric">{count(p.messages)}</Table.Td>
                <Table.Td className="numeric">{count(p.counts.kept)}</Table.Td>
                <Table.Td>
                  {p.gaps.length === 0 ? <Badge color="green" variant="light" tt="none">none</Badge> : p.gaps.map((g) => (
                    <Group key={g.first} gap={6}><Badge color="red" variant="light" tt="none">{g.first}–{g.open ? "?" : g.last}</Badge><Text size="xs" c="dimmed">{g.cause}{g.detail ? `: ${g.detail}` : ""}</Text></Group>
                  ))}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      {report.partitions.length === 0 && <Text p="md" size="sm" c="dimmed">Nothing was read in this time range.</Text>}
    </section>
  );
}
