import { Button, ScrollArea, Table, Text } from "@mantine/core";
import { useState } from "react";
import type { UnfitValues } from "../../api/client";
import { visible } from "../../events/document";
import { count } from "../../time/format";
import { Age } from "../Age";

const first = 20;

/** Unfit are the values that could not be what their field holds, by column. */
export function Unfit({ unfit, now }: { unfit: UnfitValues[]; now: number }) {
  const [all, setAll] = useState(false);
  return (
    <section className="panel" aria-label="Parsing warnings">
      <h2>Parsing warnings by column</h2>
      <Text size="sm" c="dimmed" p="md" pb={unfit.length > 0 ? "xs" : "md"} maw={860}>
        {unfit.length === 0
          ? "None since it was started: every value is what its field holds."
          : "Values that their field cannot hold, such as text where a number belongs. They are left out of the field and stay in the record, where Events shows them. A mapping of your own can send them elsewhere."}
      </Text>
      {unfit.length > 0 && (
        <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
          <Table verticalSpacing={6} horizontalSpacing="md" fz="sm" miw={640}>
            <Table.Thead><Table.Tr><Table.Th>Table</Table.Th><Table.Th>Column</Table.Th><Table.Th>Field</Table.Th><Table.Th className="numeric">Values</Table.Th><Table.Th className="numeric">Last</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {unfit.slice(0, all ? undefined : first).map((u) => (
                <Table.Tr key={`${u.table}/${u.field}`}>
                  <Table.Td>{visible(u.table)}</Table.Td>
                  <Table.Td className="mono">{u.columns.map((c) => visible(c)).join(", ")}</Table.Td>
                  <Table.Td className="mono">{visible(u.field)}</Table.Td>
                  <Table.Td className="numeric">{count(u.values)}</Table.Td>
                  <Table.Td className="numeric">{u.last && <Age at={u.last} now={now} />}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      )}
      {!all && unfit.length > first && <Button m="xs" size="compact-xs" variant="subtle" onClick={() => setAll(true)}>Show all {count(unfit.length)}</Button>}
    </section>
  );
}
