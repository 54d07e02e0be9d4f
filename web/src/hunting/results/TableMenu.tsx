import { Button, Checkbox, Group, Menu, Popover, ScrollArea, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconColumns3, IconCopy, IconDownload, IconFileExport, IconTableExport } from "@tabler/icons-react";
import { useState } from "react";
import { visible } from "../../events/document";
import { save } from "../../shared/save";
import { count } from "../../time/format";
import type { ResultColumn } from "../wire";
import { csvOf, tsvOf } from "./csv";
import { toggleColumn } from "./layout";
import type { Layout } from "./layout";

interface Props {
  columns: readonly ResultColumn[];
  rows: readonly unknown[][];
  order: Uint32Array;
  layout: Layout;
  onLayout: (layout: Layout) => void;
  onExport: () => void;
}

/** So many rows fit on a clipboard that other programs can still take from. */
const mostCopied = 20_000;

/** TableMenu chooses columns, and takes the rows that are shown elsewhere. */
export function TableMenu({ columns, rows, order, layout, onLayout, onExport }: Props) {
  const [wanted, setWanted] = useState("");
  const copy = () => {
    const text = tsvOf(columns, layout.shown, rows, order.subarray(0, mostCopied));
    navigator.clipboard.writeText(text).then(
      () => notifications.show({ message: `${count(Math.min(order.length, mostCopied))} rows are on the clipboard.` }),
      () => notifications.show({ color: "red", title: "This did not work", message: "The browser does not let the page write to the clipboard." }),
    );
  };
  const download = () => save(new Blob([csvOf(columns, layout.shown, rows, order)], { type: "text/csv" }), `hunt-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.csv`);
  return (
    <>
      <Popover width={300} shadow="md" position="bottom-end" trapFocus>
        <Popover.Target><Button size="compact-sm" variant="default" fw={500} leftSection={<IconColumns3 size={14} />}>Columns{layout.shown.length < columns.length ? ` (${layout.shown.length} of ${columns.length})` : ""}</Button></Popover.Target>
        <Popover.Dropdown>
          <Stack gap={8}>
            <TextInput size="xs" aria-label="Find a column" placeholder="Find a column" value={wanted} onChange={(e) => setWanted(e.currentTarget.value)} />
            <ScrollArea.Autosize mah={320} type="auto">
              <Stack gap={8}>
                {columns.map((c, i) => c.name.toLowerCase().includes(wanted.toLowerCase()) && <Checkbox key={i} size="xs" label={visible(c.name).slice(0, 80)} checked={layout.shown.includes(i)} onChange={() => onLayout(toggleColumn(layout, i))} />)}
              </Stack>
            </ScrollArea.Autosize>
            <Group><Button size="compact-xs" variant="subtle" onClick={() => onLayout({ ...layout, shown: columns.map((_, i) => i), widths: {} })}>As the query gives them</Button></Group>
          </Stack>
        </Popover.Dropdown>
      </Popover>
      <Menu shadow="md" position="bottom-end" width={270}>
        <Menu.Target><Button size="compact-sm" variant="default" fw={500} leftSection={<IconTableExport size={14} />}>Export</Button></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconDownload size={14} />} onClick={download}>Download these rows as CSV</Menu.Item>
          <Menu.Item leftSection={<IconCopy size={14} />} onClick={copy}>Copy these rows</Menu.Item>
          <Menu.Item leftSection={<IconFileExport size={14} />} onClick={onExport}>Export all rows in the background…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
