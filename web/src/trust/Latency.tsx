import { Chip, Group, ScrollArea, Table, Text, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { answer, api } from "../api/client";
import type { ClockPercentiles } from "../api/client";
import { visible } from "../events/document";
import { withParam } from "../shared/address";
import { Failure, Loading } from "../shared/states";
import { count, duration } from "../time/format";
import { axisFor, nameOf, placeOf, stagesOf } from "./stages";
import css from "./Latency.module.css";

const usual = "enqueued_searchable";
const everything = "all";

/** Latency shows how long events take, by stage of their way and by table. The stage is in the address. */
export function Latency() {
  const [params, setParams] = useSearchParams();
  const clocks = useQuery({ queryKey: ["clocks"], queryFn: ({ signal }) => answer(api.GET("/api/v1/clocks", { signal })), refetchInterval: 10_000 });
  const list = clocks.data?.clocks ?? [];
  const { stages } = stagesOf(list);
  const asked = params.get("stage") ?? usual;
  const stage = asked === everything || stages.includes(asked) ? asked : usual;
  const choose = (value: string) => setParams((old) => withParam(old, "stage", value === usual ? [] : [value]), { replace: true });
  return (
    <section className="panel" aria-label="Latency">
      <h2>How long events take</h2>
      {clocks.isPending && <Loading what="clocks" />}
      {clocks.isError && !clocks.data && <Failure error={clocks.error} retry={() => void clocks.refetch()} />}
      {clocks.data && list.length === 0 && <Text p="md" size="sm" c="dimmed">No event has come yet.</Text>}
      {list.length > 0 && (
        <>
          <Chip.Group value={stage} onChange={choose}>
            <Group gap={6} p="md" pb="xs" role="group" aria-label="Stage">
              {[...stages.slice(-2).reverse(), ...stages.slice(0, -2)].map((s) => <Chip key={s} value={s} size="xs">{nameOf(s).name}</Chip>)}
              <Chip value={everything} size="xs">All as a table</Chip>
            </Group>
          </Chip.Group>
          <Text size="xs" c="dimmed" px="md" pb="xs">{stage === everything ? "Median and 99th percentile of each stage." : nameOf(stage).about}</Text>
          {stage === everything ? <ClockTable clocks={list} /> : <Chart clocks={list.filter((c) => c.stage === stage)} />}
        </>
      )}
    </section>
  );
}

/** Chart shows a stage: of each table the median as a dot, and a line to the 99th percentile, on an axis of logarithms. */
function Chart({ clocks }: { clocks: ClockPercentiles[] }) {
  const axis = axisFor(clocks.map((c) => c.p99));
  const at = (seconds: number) => `${100 * placeOf(seconds, axis)}%`;
  const rows = [...clocks].sort((a, b) => b.p99 - a.p99 || (a.table < b.table ? -1 : 1));
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
      <Table verticalSpacing={0} horizontalSpacing="md" fz="sm" miw={860} highlightOnHover withRowBorders={false} mb="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Table</Table.Th>
            <Table.Th w="55%"><div className={css.axis} aria-label="Duration, on a logarithmic axis">{axis.map((m) => <span key={m} style={{ left: at(m) }}>{duration(m)}</span>)}</div></Table.Th>
            <Table.Th className="numeric">Median</Table.Th><Table.Th className="numeric">95 %</Table.Th><Table.Th className="numeric">99 %</Table.Th><Table.Th className="numeric">Events</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((c) => (
            <Table.Tr key={c.table}>
              <Table.Td>{visible(c.table)}</Table.Td>
              <Table.Td py={0}>
                <Tooltip label={`${visible(c.table)}: half within ${duration(c.p50)}, 95 % within ${duration(c.p95)}, 99 % within ${duration(c.p99)}, longest ${duration(c.max)}`}>
                  <div className={css.track} aria-hidden>
                    {axis.map((m) => <span key={m} className={css.mark} style={{ left: at(m) }} />)}
                    <span className={css.range} style={{ left: at(c.p50), width: `${100 * (placeOf(c.p99, axis) - placeOf(c.p50, axis))}%` }} />
                    <span className={css.p95} style={{ left: at(c.p95) }} />
                    <span className={css.median} style={{ left: at(c.p50) }} />
                  </div>
                </Tooltip>
              </Table.Td>
              <Table.Td className="numeric">{duration(c.p50)}</Table.Td><Table.Td className="numeric">{duration(c.p95)}</Table.Td><Table.Td className="numeric">{duration(c.p99)}</Table.Td><Table.Td className="numeric">{count(c.count)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function ClockTable({ clocks }: { clocks: ClockPercentiles[] }) {
  const { stages, tables } = stagesOf(clocks);
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
      <Table verticalSpacing={5} horizontalSpacing="md" fz="sm" miw={980} highlightOnHover>
        <Table.Thead><Table.Tr><Table.Th>Table</Table.Th>{stages.map((s) => <Table.Th key={s} className="numeric">{nameOf(s).name}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>
          {tables.map((t) => (
            <Table.Tr key={t.table}>
              <Table.Td>{visible(t.table)}</Table.Td>
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
