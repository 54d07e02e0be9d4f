import { Anchor, Checkbox, Collapse, Table, Text } from "@mantine/core";
import { useState } from "react";
import type { AzureTable } from "../../api/client";
import { toggled } from "../../shared/address";

/** TableChoice lets one choose what Defender streams, with what each table is good for; none chosen means all. */
export function TableChoice({ tables, chosen, onChosen }: { tables: readonly AzureTable[]; chosen: readonly string[]; onChosen: (chosen: string[]) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <Anchor component="button" type="button" size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>
        {chosen.length === 0 ? `All ${tables.length} tables are counted: choose some` : `${chosen.length} of ${tables.length} tables are counted`}
      </Anchor>
      <Collapse expanded={open}>
        <Table.ScrollContainer minWidth={640} mah={360} tabIndex={0}>
          <Table stickyHeader>
            <Table.Thead><Table.Tr><Table.Th>Table</Table.Th><Table.Th>Good for</Table.Th><Table.Th>Without it</Table.Th><Table.Th>Share</Table.Th><Table.Th>Rules</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {tables.map((t) => (
                <Table.Tr key={t.name}>
                  <Table.Td><Checkbox size="xs" label={t.name} checked={chosen.includes(t.name)} onChange={() => onChosen(toggled(chosen, t.name))} /></Table.Td>
                  <Table.Td><Text size="xs">{t.use}</Text></Table.Td>
                  <Table.Td><Text size="xs">{t.without}</Text></Table.Td>
                  <Table.Td>{(100 * t.share).toFixed(1)} %</Table.Td>
                  <Table.Td>{t.rules}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Collapse>
    </div>
  );
}
