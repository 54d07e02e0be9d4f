import { Button, Group, Popover, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTag, IconUser, IconX } from "@tabler/icons-react";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import type { Alert } from "../../api/client";
import { useName } from "../../app/preferences";
import { maxChanged, useAlertsEdit } from "../queries";

interface Props {
  ids: number[];
  alerts: Alert[];
  onClose: () => void;
  onDone: () => void;
}

/** BulkBar changes all selected alerts at once. */
export function BulkBar({ ids, alerts, onClose, onDone }: Props) {
  const edit = useAlertsEdit();
  const [name] = useName();
  if (ids.length === 0) return null;
  const tooMany = ids.length > maxChanged;
  const off = edit.isPending || tooMany;
  const change = (e: Parameters<typeof edit.mutate>[0]["edit"]) => edit.mutate({ ids, edit: e }, { onSuccess: onDone });
  const chosen = new Set(ids);
  const tags = [...new Set(alerts.filter((a) => chosen.has(a.id)).flatMap((a) => a.tags))].sort();
  return (
    <Group className="panel" px="sm" py={6} gap="xs" role="toolbar" aria-label="Selected alerts" style={{ borderColor: "var(--mantine-primary-color-filled)" }}>
      <Text size="sm" fw={600} role="status">{ids.length} selected</Text>
      {tooMany && <Text size="sm" c="red">At most {maxChanged} are changed at once.</Text>}
      <Button size="compact-sm" variant="default" disabled={off} onClick={() => change({ status: "acknowledged" })}>Acknowledge</Button>
      <Button size="compact-sm" variant="default" disabled={off} onClick={() => change({ status: "in_progress" })}>In progress</Button>
      <Button size="compact-sm" disabled={off} onClick={onClose}>Close…</Button>
      {name.trim() && <Button size="compact-sm" variant="default" disabled={off} onClick={() => change({ assignee: name.trim() })}>Assign to me</Button>}
      <Ask icon={IconUser} label="Assign to…" field="Assignee" hint="Empty: nobody" act="Assign" empty disabled={off} onDone={(assignee) => change({ assignee })} />
      <Ask icon={IconTag} label="Add a tag…" field="Tag to add" act="Add" disabled={off} onDone={(tag) => change({ addTags: [tag] })} />
      {tags.length > 0 && <Ask icon={IconTag} label="Remove a tag…" field="Tag to remove" hint={`They have: ${tags.slice(0, 8).join(", ")}`} act="Remove" disabled={off} onDone={(tag) => change({ removeTags: [tag] })} />}
      <Button size="compact-sm" variant="subtle" color="gray" ml="auto" leftSection={<IconX size={14} />} onClick={onDone}>Select nothing</Button>
    </Group>
  );
}

interface AskProps {
  icon: typeof IconTag;
  label: string;
  field: string;
  hint?: string;
  act: string;
  /** An empty answer is one. */
  empty?: boolean;
  disabled: boolean;
  onDone: (value: string) => void;
}

/** Ask is a button that asks for one word before it acts. */
function Ask({ icon: Icon, label, field, hint, act, empty = false, disabled, onDone }: AskProps) {
  const [opened, { toggle, close }] = useDisclosure();
  const [value, setValue] = useState("");
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    if (!empty && value.trim() === "") return;
    onDone(value.trim());
    close();
  };
  return (
    <Popover opened={opened} onChange={(o) => !o && close()} position="bottom-start" shadow="md" trapFocus>
      <Popover.Target><Button size="compact-sm" variant="default" disabled={disabled} leftSection={<Icon size={13} />} onClick={toggle}>{label}</Button></Popover.Target>
      <Popover.Dropdown p="sm">
        <form onSubmit={submit}>
          <Group gap={6} align="flex-end" wrap="nowrap">
            <TextInput size="xs" label={field} description={hint} maxLength={128} data-autofocus value={value} onChange={(e) => setValue(e.currentTarget.value)} />
            <Button size="xs" type="submit">{act}</Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
