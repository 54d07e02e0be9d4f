import { ActionIcon, Button, Group, Popover, Select, Stack, Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconColumns3, IconX } from "@tabler/icons-react";
import { useMemo } from "react";
import type { Field } from "../api/client";
import { moved, special, standard, toggled } from "./columns";
import type { Column } from "./columns";

interface Props {
  columns: Column[];
  fields: Field[];
  onColumns: (columns: Column[]) => void;
  onUsual: (columns: Column[] | undefined) => void;
}

/** ColumnsMenu chooses and orders the columns, and keeps them as those that this browser shows. */
export function ColumnsMenu({ columns, fields, onColumns, onUsual }: Props) {
  const others = useMemo(() => {
    const free = (name: string) => !columns.some((c) => c.name === name);
    return [
      ...Object.entries(special).filter(([name]) => free(name)).map(([value, label]) => ({ value, label })),
      ...fields.filter((f) => f.type !== "object" && free(f.name)).map((f) => ({ value: f.name, label: f.name })),
    ];
  }, [columns, fields]);
  return (
    <Popover width={320} shadow="md" position="bottom-end" trapFocus>
      <Popover.Target><Button size="compact-sm" variant="default" leftSection={<IconColumns3 size={14} />} fw={500}>Columns</Button></Popover.Target>
      <Popover.Dropdown>
        <Stack gap={6}>
          <Select
            size="xs" searchable openOnFocus={false} value={null} data={others} limit={60} placeholder="Add a column" aria-label="Add a column" nothingFoundMessage="No such field" comboboxProps={{ withinPortal: false }}
            onChange={(name) => name && onColumns(toggled(columns, name))}
          />
          <div role="list" aria-label="Columns in order">
            {columns.map(({ name }, i) => (
              <Group key={name} role="listitem" justify="space-between" wrap="nowrap" gap={4} py={1}>
                <Text size="xs" style={{ overflowWrap: "anywhere" }}>{special[name] ?? name}</Text>
                <Group gap={0} wrap="nowrap">
                  <ActionIcon size={24} variant="subtle" color="gray" disabled={i === 0} aria-label={`Move ${name} up`} onClick={() => onColumns(moved(columns, name, i - 1))}><IconArrowUp size={13} /></ActionIcon>
                  <ActionIcon size={24} variant="subtle" color="gray" disabled={i === columns.length - 1} aria-label={`Move ${name} down`} onClick={() => onColumns(moved(columns, name, i + 1))}><IconArrowDown size={13} /></ActionIcon>
                  <ActionIcon size={24} variant="subtle" color="gray" disabled={columns.length === 1} aria-label={`Remove the column ${name}`} onClick={() => onColumns(toggled(columns, name))}><IconX size={13} /></ActionIcon>
                </Group>
              </Group>
            ))}
          </div>
          <Group gap={6} justify="space-between">
            <Button size="compact-xs" variant="light" onClick={() => onUsual(columns)}>Keep as my columns</Button>
            <Button size="compact-xs" variant="subtle" color="gray" onClick={() => { onUsual(undefined); onColumns(standard); }}>Back to the usual</Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
