import { Kbd, Modal, Table } from "@mantine/core";

const keys: [string[], string][] = [
  [["/"], "Write the query"],
  [["Enter"], "Run the query; in the list, open the event"],
  [["j", "↓"], "Next event"],
  [["k", "↑"], "Event before"],
  [["Page Up", "Page Down", "Home", "End"], "Move further in the list"],
  [["Esc"], "End a search that runs; close the event"],
  [["r"], "Search again"],
  [["l"], "Live, or no longer"],
  [["?"], "These keys"],
];

/** KeysHelp lists the keys of the events page. */
export function KeysHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" closeButtonProps={{ "aria-label": "Close" }}>
      <Table withRowBorders={false}>
        <Table.Tbody>
          {keys.map(([names, what]) => (
            <Table.Tr key={what}><Table.Td w={190}>{names.map((k) => <Kbd key={k} mr={4} mb={2}>{k}</Kbd>)}</Table.Td><Table.Td>{what}</Table.Td></Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
