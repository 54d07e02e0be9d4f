import { Anchor, Button, ScrollArea, Table } from "@mantine/core";
import { Link } from "react-router";
import type { Job } from "../api/client";
import { visible } from "../events/document";
import { rulePath } from "../rules/view";
import { Level } from "../shared/Level";
import { Empty, Failure, Loading } from "../shared/states";
import { count } from "../time/format";
import { useJobRules } from "./queries";

/** JobRules lists the rules that matched in a job; one of them may be chosen for what is shown below. */
export function JobRules({ job, chosen, onChoose }: { job: Job; chosen: string; onChoose: (rule: string) => void }) {
  const rules = useJobRules(job);
  return (
    <section className="panel" aria-label="Rules that matched">
      <h2>Rules that matched</h2>
      {rules.isPending && <Loading what="rules" />}
      {rules.isError && !rules.data && <Failure error={rules.error} retry={() => void rules.refetch()} />}
      {rules.data?.rules.length === 0 && <Empty title="No rule matched">Look further back, or at more rules.</Empty>}
      {rules.data && rules.data.rules.length > 0 && (
        <ScrollArea.Autosize mah={340} type="auto" viewportProps={{ tabIndex: 0 }}>
          <Table verticalSpacing={5} horizontalSpacing="sm" fz="sm" highlightOnHover>
            <Table.Thead><Table.Tr><Table.Th>Rule</Table.Th><Table.Th>Level</Table.Th><Table.Th className="numeric">Matches</Table.Th><Table.Th aria-label="Choose" /></Table.Tr></Table.Thead>
            <Table.Tbody>
              {rules.data.rules.map((r) => (
                <Table.Tr key={r.id} bg={r.id === chosen ? "var(--ps-selected)" : undefined}>
                  <Table.Td><Anchor component={Link} to={rulePath(r.id)} size="sm">{visible(r.title || r.id)}</Anchor></Table.Td>
                  <Table.Td><Level level={r.level} /></Table.Td>
                  <Table.Td className="numeric">{count(r.matches)}</Table.Td>
                  <Table.Td ta="right"><Button size="compact-xs" variant={r.id === chosen ? "filled" : "default"} aria-pressed={r.id === chosen} onClick={() => onChoose(r.id === chosen ? "" : r.id)}>Only this</Button></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea.Autosize>
      )}
    </section>
  );
}
