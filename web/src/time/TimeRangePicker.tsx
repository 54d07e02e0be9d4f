import { Button, Group, Popover, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCalendarTime } from "@tabler/icons-react";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { useZone } from "../app/preferences";
import { toSeconds } from "./format";
import type { Zone } from "./format";
import { momentOf, momentsOf, presets } from "./range";
import type { Range } from "./range";
import css from "./TimeRangePicker.module.css";

interface Props {
  range: Range;
  onChange: (range: Range) => void;
}

/** TimeRangePicker offers the usual ranges up to now, and any other by its two ends. */
export function TimeRangePicker({ range, onChange }: Props) {
  const { zone } = useZone();
  const [open, { toggle, close }] = useDisclosure();
  const choose = (r: Range) => {
    onChange(r);
    close();
  };
  const preset = presets.find((p) => p.range.from === range.from && p.range.to === range.to);
  return (
    <Popover opened={open} onChange={(o) => !o && close()} position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconCalendarTime size={16} />} onClick={toggle} h={38} fw={500} aria-label="Time range">
          {preset?.label ?? `${written(range.from, zone)} – ${written(range.to, zone)}`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Group align="flex-start" gap="lg" wrap="nowrap">
          <Stack gap={2}>
            {presets.map((p) => (
              <UnstyledButton key={p.label} className={css.preset ?? ""} data-active={p === preset || undefined} onClick={() => choose(p.range)}>{p.label}</UnstyledButton>
            ))}
          </Stack>
          <Ends key={`${range.from} ${range.to} ${zone}`} range={range} onChange={choose} />
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}

function Ends({ range, onChange }: Props) {
  const { zone } = useZone();
  const [from, setFrom] = useState(written(range.from, zone));
  const [to, setTo] = useState(written(range.to, zone));
  const next = { from: meant(from, zone), to: meant(to, zone) };
  const valid = momentsOf(next, new Date()) !== undefined;
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    if (valid) onChange(next);
  };
  const wrong = (end: string) => (momentOf(end, new Date()) ? undefined : "Not understood");
  return (
    <form onSubmit={submit}>
      <Stack gap="xs" w={230}>
        <TextInput label="From" value={from} onChange={(e) => setFrom(e.currentTarget.value)} error={wrong(next.from)} classNames={{ input: "mono" }} />
        <TextInput label="To" value={to} onChange={(e) => setTo(e.currentTarget.value)} error={wrong(next.to)} classNames={{ input: "mono" }} />
        <Text size="xs" c="dimmed">2026-01-31 08:00:00 ({zone === "utc" ? "UTC" : "local time"}), now, or now-15m, now-7d</Text>
        <Button type="submit" disabled={!valid}>Apply</Button>
      </Stack>
    </form>
  );
}

/** written shows an end of a range as a person may edit it. */
function written(end: string, zone: Zone): string {
  const t = end.startsWith("now") ? undefined : momentOf(end, new Date());
  return t ? toSeconds(t, zone) : end;
}

/** meant turns what was edited back into an end of a range. */
function meant(text: string, zone: Zone): string {
  const trimmed = text.trim();
  if (trimmed.startsWith("now") || /[zZ]$|[+-]\d\d:\d\d$/.test(trimmed)) return trimmed;
  const t = new Date(trimmed.replace(" ", "T") + (trimmed.length <= 10 ? "T00:00:00" : "") + (zone === "utc" ? "Z" : ""));
  return Number.isNaN(t.getTime()) ? trimmed : t.toISOString();
}
