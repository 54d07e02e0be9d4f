import { Badge, Button, Chip, Code, CopyButton, Group, ScrollArea, SegmentedControl, Select, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useSearchParams } from "react-router";
import type { DriftFinding, DriftReport } from "../api/client";
import { visible } from "../events/document";
import { one, withParam } from "../shared/address";
import { Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { count } from "../time/format";
import { driftKinds, kindName, meaningOf, oneName, spanName, spans } from "./drift";
import { useDrift } from "./queries";

/** At first so many findings are shown. */
const page = 25;

/** Drift is the radar: what arrives that did not before, or not as the mapping has it. What is looked for is in the address. */
export function Drift() {
  const [params, setParams] = useSearchParams();
  const [limit, setLimit] = useState(page);
  const kind = one(params, "kind", ["any", ...driftKinds], "any");
  const which = one(params, "drift", ["new", "all"], "new");
  const span = one(params, "span", spans, "7");
  const table = params.get("table") ?? "";
  const set = (name: string, value: string) => {
    setLimit(page);
    setParams((old) => withParam(old, name, [value]), { replace: true });
  };
  const drift = useDrift({ kind, fresh: which === "new", days: Number(span), table, limit });
  const report = drift.data;
  const tables = [...new Set([...(table ? [table] : []), ...(report?.findings ?? []).map((f) => f.table)])].sort();
  const of = (k: (typeof driftKinds)[number]) => report?.counts[k]?.[which === "new" ? "new" : "total"] ?? 0;
  return (
    <section className="panel" aria-label="Drift radar">
      <h2>Drift radar{report && <Text span size="xs" c="dimmed" ml="sm">what arrives is noted since <Time at={report.began} /></Text>}</h2>
      <Group p="md" pb="xs" gap="sm">
        <SegmentedControl size="xs" aria-label="Which findings" data={[{ value: "new", label: "New" }, { value: "all", label: "All that the mapping does not know" }]} value={which} onChange={(v) => set("drift", v === "new" ? "" : v)} />
        {which === "new" && <Select size="xs" aria-label="New within" w={130} allowDeselect={false} data={spans.map((s) => ({ value: s, label: spanName[s] }))} value={span} onChange={(v) => set("span", v === "7" || v === null ? "" : v)} />}
        <Select size="xs" aria-label="Table" placeholder="Every table" clearable searchable w={220} data={tables} value={table || null} onChange={(v) => set("table", v ?? "")} />
      </Group>
      <Chip.Group value={kind} onChange={(v: string) => set("kind", v === "any" ? "" : v)}>
        <Group gap={6} px="md" pb="sm" role="group" aria-label="Kind">
          <Chip size="xs" value="any">Everything</Chip>
          {driftKinds.map((k) => <Chip key={k} size="xs" value={k}>{kindName[k]} · {count(of(k))}</Chip>)}
        </Group>
      </Chip.Group>
      {drift.isPending && <Loading what="drift" />}
      {drift.isError && !report && <Failure error={drift.error} retry={() => void drift.refetch()} />}
      {report?.findings.length === 0 && <Nothing report={report} fresh={which === "new"} />}
      {report && report.findings.length > 0 && <Findings findings={report.findings} />}
      {report && report.more > 0 && <Button m="sm" variant="default" size="xs" loading={drift.isFetching} onClick={() => setLimit((n) => Math.min(5_000, n + 4 * page))}>Show more of {count(report.more)} others</Button>}
    </section>
  );
}

function Nothing({ report, fresh }: { report: DriftReport; fresh: boolean }) {
  return (
    <Text size="sm" c="dimmed" px="md" pb="md">
      {fresh ? <>Nothing that was first seen since <Time at={report.since} />: tables, columns and values are as they were. The first 24 hours of a table count as what it is like.</> : "Nothing: the mapping knows all that arrives."}
    </Text>
  );
}

function Findings({ findings }: { findings: DriftFinding[] }) {
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
      <Table verticalSpacing={6} horizontalSpacing="md" fz="sm" miw={980}>
        <Table.Thead>
          <Table.Tr><Table.Th>Kind</Table.Th><Table.Th>What</Table.Th><Table.Th>Sample</Table.Th><Table.Th>First seen</Table.Th><Table.Th className="numeric">Records</Table.Th><Table.Th>Mapping</Table.Th></Table.Tr>
        </Table.Thead>
        <Table.Tbody>{findings.map((f) => <Finding key={`${f.kind}/${f.table}/${f.name ?? ""}`} finding={f} />)}</Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function Finding({ finding: f }: { finding: DriftFinding }) {
  const [open, setOpen] = useState(false);
  const what = `${visible(f.table)}${f.name ? ` ${visible(f.name)}` : ""}`;
  return (
    <>
      <Table.Tr>
        <Table.Td><Group gap={4} wrap="nowrap"><Badge variant="light" color="gray" tt="none" miw="max-content">{oneName[f.kind]}</Badge>{f.new && <Badge variant="light" color="yellow" tt="none" miw="max-content">new</Badge>}</Group></Table.Td>
        <Table.Td style={{ overflowWrap: "anywhere" }}>{visible(f.table)}{f.name && <Text span className="mono"> {visible(f.name)}</Text>}<Text size="xs" c="dimmed">{meaningOf(f)}</Text></Table.Td>
        <Table.Td className="mono" style={{ overflowWrap: "anywhere", maxWidth: 280 }}>{visible(f.sample ?? "")}</Table.Td>
        <Table.Td><Time at={f.first} /></Table.Td>
        <Table.Td className="numeric">{count(f.count)}</Table.Td>
        <Table.Td>{f.suggestion && <Button size="compact-xs" variant="light" aria-expanded={open} aria-label={`Suggested mapping for ${what}`} onClick={() => setOpen(!open)}>{open ? "Hide" : "Suggest"}</Button>}</Table.Td>
      </Table.Tr>
      {open && f.suggestion && (
        <Table.Tr>
          <Table.Td colSpan={6}>
            <Text size="xs" c="dimmed" mb={4}>Keep this as a file, and name it under <code>mapping</code> in penstock.yaml; what comes from then on gets the field.</Text>
            <Code block>{visible(f.suggestion)}</Code>
            <CopyButton value={f.suggestion}>{({ copied, copy }) => <Button mt={6} size="compact-xs" variant="default" onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}</CopyButton>
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}
