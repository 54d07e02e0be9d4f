import { Button, Group, Menu, NumberInput, Popover, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconFlame, IconTag, IconUser } from "@tabler/icons-react";
import { useState } from "react";
import type { ReactNode, SyntheticEvent } from "react";
import type { AlertDetail, AlertEdit } from "../../api/client";
import { useName } from "../../app/preferences";
import { visible } from "../../events/document";
import { statuses, statusName, verdictName, verdicts } from "../words";

interface Props {
  alert: AlertDetail;
  busy: boolean;
  change: (edit: AlertEdit) => void;
  onClose: () => void;
}

/** AlertActions are the steps that an alert can take from where it is, whose it is, its tags and its urgency. */
export function AlertActions({ alert, busy, change, onClose }: Props) {
  const [name] = useName();
  const mine = name.trim();
  const closed = alert.status === "closed";
  const steps = statuses.filter((s) => s !== "closed" && s !== alert.status && alert.steps.includes(s));
  return (
    <Group gap={6} role="toolbar" aria-label="What to do with the alert">
      {!closed && <Button size="xs" disabled={busy} onClick={onClose}>Close…</Button>}
      {steps.map((s) => (
        <Button key={s} size="xs" variant="default" disabled={busy} onClick={() => change({ status: s })}>{closed ? `Reopen as ${statusName[s].toLowerCase()}` : s === "acknowledged" ? "Acknowledge" : statusName[s]}</Button>
      ))}
      {closed && (
        <Menu position="bottom-start">
          <Menu.Target><Button size="xs" variant="default" disabled={busy} rightSection={<IconChevronDown size={14} />}>Change the verdict</Button></Menu.Target>
          <Menu.Dropdown>{verdicts.filter((v) => v !== alert.verdict).map((v) => <Menu.Item key={v} onClick={() => change({ verdict: v })}>{verdictName[v]}</Menu.Item>)}</Menu.Dropdown>
        </Menu>
      )}
      {mine && mine !== alert.assignee && <Button size="xs" variant="default" disabled={busy} onClick={() => change({ assignee: mine })}>Take it</Button>}
      <Edited label={alert.assignee ? visible(alert.assignee) : "Nobody's"} about="Assignee" icon={IconUser}>
        {(done) => <Assignee assignee={alert.assignee ?? ""} onDone={(assignee) => { change({ assignee }); done(); }} />}
      </Edited>
      <Edited label={alert.tags.length > 0 ? visible(alert.tags.join(", ")) : "No tags"} about="Tags" icon={IconTag}>
        {(done) => <Tags tags={alert.tags} onDone={(tags) => { change({ tags }); done(); }} />}
      </Edited>
      <Edited label={alert.urgencySet ? `Urgency set to ${alert.urgency}` : "Urgency"} about="Urgency" icon={IconFlame}>
        {(done) => <Urgency alert={alert} onDone={(e) => { change(e); done(); }} />}
      </Edited>
    </Group>
  );
}

function Edited({ label, about, icon: Icon, children }: { label: string; about: string; icon: typeof IconTag; children: (done: () => void) => ReactNode }) {
  const [opened, { toggle, close }] = useDisclosure();
  return (
    <Popover opened={opened} onChange={(o) => !o && close()} position="bottom-start" shadow="md" trapFocus>
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<Icon size={14} />} rightSection={<IconChevronDown size={13} />} maw={260} aria-label={label.toLowerCase().startsWith(about.toLowerCase()) ? label : `${about}: ${label}`} onClick={toggle}><bdi>{label}</bdi></Button>
      </Popover.Target>
      <Popover.Dropdown p="sm">{opened && children(close)}</Popover.Dropdown>
    </Popover>
  );
}

function Assignee({ assignee, onDone }: { assignee: string; onDone: (name: string) => void }) {
  const [value, setValue] = useState(assignee);
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    onDone(value.trim());
  };
  return (
    <form onSubmit={submit}>
      <Group gap={6} align="flex-end" wrap="nowrap">
        <TextInput size="xs" w={190} label="Assignee" description="Empty: nobody" maxLength={128} data-autofocus value={value} onChange={(e) => setValue(e.currentTarget.value)} />
        <Button size="xs" type="submit" disabled={value.trim() === assignee}>Assign</Button>
      </Group>
    </form>
  );
}

function Tags({ tags, onDone }: { tags: string[]; onDone: (tags: string[]) => void }) {
  const [value, setValue] = useState(tags);
  return (
    <Stack gap={8} w={280}>
      <TagsInput size="xs" label="Tags" placeholder="Tag, then Enter" maxTags={100} maxLength={128} acceptValueOnBlur data-autofocus value={value} onChange={setValue} />
      <Button size="xs" style={{ alignSelf: "flex-end" }} disabled={value.join("\n") === tags.join("\n")} onClick={() => onDone(value)}>Save</Button>
    </Stack>
  );
}

function Urgency({ alert, onDone }: { alert: AlertDetail; onDone: (edit: AlertEdit) => void }) {
  const [value, setValue] = useState<number | string>(alert.urgency);
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    if (typeof value === "number") onDone({ urgency: value });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap={8} w={280}>
        <NumberInput size="xs" label="Urgency" description="From 0 to 100; critical from 80, high from 60, medium from 40" min={0} max={100} allowDecimal={false} data-autofocus value={value} onChange={setValue} />
        <Text size="xs" c="dimmed">By the formula it is {alert.computed}. Set, it stays as it is, whatever comes.</Text>
        <Group gap={6} justify="flex-end">
          {alert.urgencySet && <Button size="xs" variant="default" onClick={() => onDone({ noUrgency: true })}>By the formula again</Button>}
          <Button size="xs" type="submit" disabled={typeof value !== "number"}>Set</Button>
        </Group>
      </Stack>
    </form>
  );
}
