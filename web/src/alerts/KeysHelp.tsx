import { Kbd, Modal, Table } from "@mantine/core";

/** KeysHelp lists the keys of a page. */
export function KeysHelp({ keys, opened, onClose }: { keys: [string[], string][]; opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" closeButtonProps={{ "aria-label": "Close" }}>
      <Table withRowBorders={false}>
        <Table.Tbody>
          {keys.map(([names, what]) => (
            <Table.Tr key={what}><Table.Td w={110}>{names.map((k) => <Kbd key={k} mr={4}>{k}</Kbd>)}</Table.Td><Table.Td>{what}</Table.Td></Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
