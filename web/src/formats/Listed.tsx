import { Button, ScrollArea, Table, Text } from "@mantine/core";
import { useState } from "react";
import type { ReactNode } from "react";
import { count } from "../time/format";

export interface Shown {
  key: string;
  cells: ReactNode[];
}

const step = 200;

/** Listed is a table of what was found, the first of many rows at first. */
export function Listed({ name, heads, rows }: { name: string; heads: readonly string[]; rows: readonly Shown[] }) {
  const [most, setMost] = useState(step);
  return (
    <section className="panel" aria-label={name}>
      <h2>{name} <Text span size="sm" c="dimmed" role="status">{count(rows.length)}</Text></h2>
      {rows.length === 0 ? <Text p="md" size="sm" c="dimmed">Nothing is like that.</Text> : (
        <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
          <Table verticalSpacing={6} horizontalSpacing="sm" fz="sm" miw={760}>
            <Table.Thead><Table.Tr>{heads.map((h) => <Table.Th key={h}>{h}</Table.Th>)}</Table.Tr></Table.Thead>
            <Table.Tbody>
              {rows.slice(0, most).map((r) => <Table.Tr key={r.key}>{r.cells.map((c, i) => <Table.Td key={heads[i]} style={{ overflowWrap: "anywhere", verticalAlign: "top" }}>{c}</Table.Td>)}</Table.Tr>)}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      )}
      {rows.length > most && <Button m="md" variant="default" size="xs" onClick={() => setMost(most + step)}>Show more</Button>}
    </section>
  );
}

/** Several shows the first of many names. */
export function Several({ names, most = 4 }: { names: readonly string[]; most?: number }) {
  return <>{names.slice(0, most).join(", ")}{names.length > most && <Text span size="xs" c="dimmed" title={names.slice(most).join(", ")}> and {names.length - most} more</Text>}</>;
}
