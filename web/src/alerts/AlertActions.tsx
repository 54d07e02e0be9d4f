import { Button, Group, Menu, TextInput } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useState } from "react";
import type { AlertDetail, AlertEdit } from "../api/client";
import { useName } from "../app/preferences";
import { useAlertEdit } from "./queries";
import { statuses, statusName, verdictName, verdicts } from "./words";

/** AlertActions are the steps that an alert can take from where it is, and whose it is. */
export function AlertActions({ alert }: { alert: AlertDetail }) {
  const edit = useAlertEdit(alert.id);
  const change = (e: AlertEdit) => edit.mutate({ version: alert.version, edit: e });
  const steps = statuses.filter((s) => s !== "closed" && s !== alert.status && alert.steps.includes(s));
  return (
    <Group gap="xs" role="toolbar" aria-label="What to do with the alert">
      {steps.map((s) => (
        <Button key={s} variant="default" disabled={edit.isPending} onClick={() => change({ status: s })}>{alert.status === "closed" ? `Reopen as ${statusName[s].toLowerCase()}` : statusName[s]}</Button>
      ))}
      <Menu position="bottom-start">
        <Menu.Target>
          <Button disabled={edit.isPending} rightSection={<IconChevronDown size={14} />}>{alert.status === "closed" ? "Change the verdict" : "Close"}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {verdicts.filter((v) => v !== alert.verdict).map((v) => (
            <Menu.Item key={v} onClick={() => change(alert.status === "closed" ? { verdict: v } : { status: "closed", verdict: v })}>{verdictName[v]}</Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Assignee key={alert.assignee ?? ""} assignee={alert.assignee ?? ""} busy={edit.isPending} onChange={(assignee) => change({ assignee })} />
    </Group>
  );
}

function Assignee({ assignee, busy, onChange }: { assignee: string; busy: boolean; onChange: (name: string) => void }) {
  const [name] = useName();
  const [value, setValue] = useState(assignee);
  const mine = name.trim();
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (value.trim() !== assignee) onChange(value.trim());
      }}
    >
      <Group gap={6}>
        <TextInput w={170} placeholder="Nobody" aria-label="Assignee" maxLength={128} value={value} onChange={(e) => setValue(e.currentTarget.value)} />
        <Button type="submit" variant="default" disabled={busy || value.trim() === assignee}>Assign</Button>
        {mine && mine !== assignee && <Button variant="light" disabled={busy} onClick={() => onChange(mine)}>Take it</Button>}
      </Group>
    </form>
  );
}
