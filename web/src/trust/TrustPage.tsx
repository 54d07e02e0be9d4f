import { Badge, Group, ScrollArea, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../api/client";
import type { ClockPercentiles, LedgerReport } from "../api/client";
import { Figure } from "../shared/Figure";
import { Incidents } from "../shared/Incidents";
import { PageHeader } from "../shared/PageHeader";
import { Failure, Loading } from "../shared/states";
import { TimeRangePicker } from "../time/TimeRangePicker";
import { count, duration } from "../time/format";
import { defaultRange, momentsOf } from "../time/range";
import { stagesOf } from "./stages";

/** TrustPage answers whether anything was lost, and how long events take. */
export function TrustPage() {
  const [range, setRange] = useState(defaultRange);
  const ledger = useQuery({
    queryKey: ["ledger", range],
    queryFn: ({ signal }) => {
      const m = momentsOf(range, new Date());
      return answer(api.GET("/api/v1/ledger", { params: { query: m ? { from: m.from.toISOString(), to: m.to.toISOString() } : {} }, signal }));
    },
    refetchInterval: 30_000,
  });
  return (
    <>
      <PageHeader title="Trust" about="Was anything lost, and how long do events take?"><TimeRangePicker range={range} onChange={setRange} /></PageHeader>
      <Stack gap="lg">
        {ledger.isPending && <Loading what="ledger" />}
        {ledger.isError && !ledger.data && <Failure error={ledger.error} retry={() => void ledger.refetch()} />}
        {ledger.data && <Ledger report={ledger.data} />}
        <Latency />
        <Incidents />
      </Stack>
    </>
  );
}

/** storedNote says how much of what was kept a search finds. */
function storedNote({ stored, counts }: LedgerReport): string {
  if (stored === undefined) return "the lake could not tell how many are searchable";
  return stored >= counts.kept ? "all searchable" : `${count(stored)} searchable: the others soon, or deleted by retention`;
}

function Ledger({ report }: { report: LedgerReport }) {
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

function Latency() {
  const clocks = useQuery({ queryKey: ["clocks"], queryFn: ({ signal }) => answer(api.GET("/api/v1/clocks", { signal })), refetchInterval: 10_000 });
  return (
    <section className="panel" aria-label="Latency">
      <h2>How long events take: median and 99th percentile, by stage</h2>
      {clocks.isPending && <Loading what="clocks" />}
      {clocks.isError && !clocks.data && <Failure error={clocks.error} retry={() => void clocks.refetch()} />}
      {clocks.data && <ClockTable clocks={clocks.data.clocks} />}
    </section>
  );
}

function ClockTable({ clocks }: { clocks: ClockPercentiles[] }) {
  const { stages, tables } = stagesOf(clocks);
  if (tables.length === 0) return <Text p="md" size="sm" c="dimmed">No event has come yet.</Text>;
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
      <Table verticalSpacing={5} horizontalSpacing="md" fz="sm" miw={820} highlightOnHover>
        <Table.Thead><Table.Tr><Table.Th>Table</Table.Th>{stages.map((s) => <Table.Th key={s} className="numeric">{s.replaceAll("_", " → ")}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>
          {tables.map((t) => (
            <Table.Tr key={t.table}>
              <Table.Td>{t.table}</Table.Td>
              {t.cells.map((c, i) => (
                <Table.Td key={stages[i]} className="numeric">{c ? <>{duration(c.p50)} <Text span c="dimmed" fz="sm" style={{ whiteSpace: "nowrap" }}>/ {duration(c.p99)}</Text></> : "–"}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
