import { Anchor, Group, ScrollArea, SegmentedControl, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import type { AlertStatistics } from "../../api/client";
import { visible } from "../../events/document";
import { one } from "../../shared/address";
import { Figure } from "../../shared/Figure";
import { Empty, Failure, Loading } from "../../shared/states";
import { rulePath } from "../../shared/places";
import { count, duration } from "../../time/format";
import { useStatistics } from "../queries";
import { verdictName, verdicts } from "../words";
import css from "./Outcomes.module.css";

const spans = ["7", "30", "90", "365"] as const;

/** OutcomesPage is how the work on alerts went, and which rules are worth their alerts. */
export function OutcomesPage() {
  const [params, setParams] = useSearchParams();
  const days = one(params, "days", spans, "30");
  const statistics = useStatistics(Number(days));
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">Alerts by the time at which they were raised.</Text>
        <SegmentedControl size="xs" aria-label="Days" value={days} onChange={(d) => setParams({ days: d }, { replace: true })} data={spans.map((s) => ({ value: s, label: s === "365" ? "A year" : `${s} days` }))} />
      </Group>
      {statistics.isPending && <Loading what="outcomes" />}
      {statistics.isError && !statistics.data && <Failure error={statistics.error} retry={() => void statistics.refetch()} />}
      {statistics.data && <Outcomes of={statistics.data} />}
    </Stack>
  );
}

function Outcomes({ of: s }: { of: AlertStatistics }) {
  return (
    <>
      <section className="panel" aria-label="At a glance">
        <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} p="md">
          <Figure name="Raised" value={count(s.created)} />
          <Figure name="Closed" value={count(s.closed)} note={s.created > 0 ? `${Math.round((100 * s.closed) / s.created)} %` : ""} />
          <Figure name="To acknowledge, half within" value={s.toAcknowledge.count ? duration(s.toAcknowledge.p50) : "–"} note={written(s.toAcknowledge)} />
          <Figure name="To close, half within" value={s.toClose.count ? duration(s.toClose.p50) : "–"} note={written(s.toClose)} />
          <Figure name="True positives" value={count(s.verdicts["true_positive"] ?? 0)} note={`${count(s.verdicts["benign_positive"] ?? 0)} benign`} />
          <Figure name="False positives" value={count(s.verdicts["false_positive"] ?? 0)} note={s.closed > 0 ? `${Math.round((100 * (s.verdicts["false_positive"] ?? 0)) / s.closed)} % of what was closed` : ""} />
        </SimpleGrid>
      </section>
      <section className="panel" aria-label="Outcomes by rule">
        <h2>
          <Group justify="space-between" component="span" gap="xs">
            How the alerts of each rule turned out
            <span className={css.legend} aria-hidden>{verdicts.map((v) => <span key={v}><i data-verdict={v} />{verdictName[v]}</span>)}<span><i data-verdict="none" />Open</span></span>
          </Group>
        </h2>
        {s.rules.length === 0 ? <Empty title="No rule has raised an alert">In a longer time there may be some.</Empty> : (
          <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
            <Table highlightOnHover verticalSpacing={5} horizontalSpacing="md" fz="sm" miw={820}>
              <Table.Thead><Table.Tr><Table.Th>Rule</Table.Th><Table.Th className="numeric">Alerts</Table.Th>{verdicts.map((v) => <Table.Th key={v} className="numeric">{verdictName[v]}</Table.Th>)}<Table.Th w="26%">Share</Table.Th><Table.Th /></Table.Tr></Table.Thead>
              <Table.Tbody>{s.rules.map((r) => <Row key={r.rule} rule={r} />)}</Table.Tbody>
            </Table>
          </ScrollArea>
        )}
      </section>
    </>
  );
}

function written(d: AlertStatistics["toClose"]): string {
  return d.count ? `nine of ten within ${duration(d.p90)}, mean ${duration(d.mean)}` : "none yet";
}

function Row({ rule: r }: { rule: AlertStatistics["rules"][number] }) {
  const of = (v: string) => r.verdicts[v] ?? 0;
  const open = r.alerts - verdicts.reduce((sum, v) => sum + of(v), 0);
  const everything = new URLSearchParams([["rule", r.rule], ...["new", "acknowledged", "in_progress", "closed"].map((s) => ["status", s])]);
  return (
    <Table.Tr data-rule={r.rule}>
      <Table.Td maw={420} style={{ overflowWrap: "anywhere" }}><Anchor component={Link} to={`/alerts?${everything}`} size="sm">{visible(r.title || r.rule)}</Anchor></Table.Td>
      <Table.Td className="numeric">{count(r.alerts)}</Table.Td>
      {verdicts.map((v) => <Table.Td key={v} className="numeric" c={of(v) === 0 ? "dimmed" : undefined}>{count(of(v))}</Table.Td>)}
      <Table.Td>
        <div className={css.bar} aria-hidden>
          {verdicts.map((v) => of(v) > 0 && <i key={v} data-verdict={v} style={{ flexGrow: of(v) }} />)}
          {open > 0 && <i data-verdict="none" style={{ flexGrow: open }} />}
        </div>
      </Table.Td>
      <Table.Td ta="right">{r.rule && <Anchor component={Link} to={rulePath(r.rule)} size="xs" underline="always" aria-label={`Rule ${visible(r.title || r.rule)}`}>Rule</Anchor>}</Table.Td>
    </Table.Tr>
  );
}
