import { ActionIcon, Button, Group, Kbd, Pill, Select, Text, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { useName } from "../../app/preferences";
import { visible } from "../../events/document";
import { toggled } from "../../shared/address";
import { useKeys } from "../../shared/useKeys";
import { short } from "../../time/format";
import { useAlertCounts } from "../queries";
import { chipsOf, sorts } from "../view";
import type { AlertsView, Sort } from "../view";
import { bands, statuses, statusName } from "../words";
import css from "./FilterBar.module.css";
import { MoreFilters } from "./MoreFilters";

const sortName: Record<Sort, string> = { urgency: "Most urgent", updated: "Latest changed", created: "Latest raised", occurrences: "Most occurrences" };

interface Props {
  view: AlertsView;
  change: (part: Partial<AlertsView>) => void;
}

/** FilterBar chooses which alerts are shown. What is chosen most often is in sight, the rest opens, and shows as chips. */
export function FilterBar({ view, change }: Props) {
  const counts = useAlertCounts(view);
  const [name] = useName();
  const mine = name.trim();
  const chips = chipsOf(view);
  const assignees = [
    { value: "", label: "Anybody" }, { value: "-", label: "Nobody" }, ...(mine ? [{ value: mine, label: "Me" }] : []),
    ...(view.assignee && view.assignee !== "-" && view.assignee !== mine ? [{ value: view.assignee, label: view.assignee }] : []),
  ];
  return (
    <div className={css.bar}>
      <div className={css.row}>
        <SearchField key={view.text} text={view.text} onChange={(text) => change({ text })} />
        <Toggles name="Status" values={statuses} label={(s) => statusName[s]} counts={counts.data?.status} chosen={view.status} onChange={(status) => change({ status })} />
        <Toggles name="Urgency" values={bands} label={(b) => b.charAt(0).toUpperCase() + b.slice(1)} counts={counts.data?.open} chosen={view.urgency} onChange={(urgency) => change({ urgency })} />
        <Select size="xs" w={112} aria-label="Assignee" value={view.assignee} allowDeselect={false} data={assignees} onChange={(v) => change({ assignee: v ?? "" })} />
        <MoreFilters view={view} change={change} chosen={chips.length} />
        <Select
          size="xs" w={150} ml="auto" aria-label="Order" value={view.sort} allowDeselect={false} data={sorts.map((s) => ({ value: s, label: sortName[s] }))}
          onChange={(s) => change({ sort: sorts.find((k) => k === s) ?? "urgency" })}
        />
      </div>
      {chips.length > 0 && (
        <Group gap={6} role="group" aria-label="Filters">
          {chips.map((c) => (
            <Pill key={c.key} withRemoveButton onRemove={() => change(c.without)} removeButtonProps={{ "aria-label": `Remove the filter ${c.label}`, tabIndex: 0, "aria-hidden": false }}>{visible(c.label).slice(0, 120)}</Pill>
          ))}
          <Button size="compact-xs" variant="subtle" onClick={() => change(Object.assign({}, ...chips.map((c) => cleared(c.without))) as Partial<AlertsView>)}>Remove all</Button>
        </Group>
      )}
    </div>
  );
}

/** cleared empties what a chip stands for whole, where it is one of several values. */
function cleared(part: Partial<AlertsView>): Partial<AlertsView> {
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, Array.isArray(value) ? [] : ""]));
}

function SearchField({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [value, setValue] = useState(text);
  const search = useDebouncedCallback((v: string) => onChange(v.trim()), 300);
  useKeys({ "/": () => field.current?.focus() });
  return (
    <TextInput
      ref={field} size="xs" className={css.search} aria-label="Text" placeholder="Title, host, user, address" maxLength={256} leftSection={<IconSearch size={14} />}
      rightSection={<Tooltip label="Press / to search"><ActionIcon component="span" variant="transparent" aria-hidden size="sm"><Kbd size="xs">/</Kbd></ActionIcon></Tooltip>}
      value={value}
      onChange={(e) => {
        setValue(e.currentTarget.value);
        search(e.currentTarget.value);
      }}
      onKeyDown={(e) => {
        if (e.key === "Escape" || e.key === "Enter") e.currentTarget.blur();
      }}
    />
  );
}

/** Toggles choose among a few values; none chosen means all. */
function Toggles<T extends string>({ name, values, label, counts, chosen, onChange }: {
  name: string; values: readonly T[]; label: (value: T) => string; counts: Record<string, number> | undefined; chosen: T[]; onChange: (chosen: T[]) => void;
}) {
  return (
    <div role="group" aria-label={name} className={css.toggles}>
      <Button.Group>
        {values.map((v) => (
          <Button key={v} size="xs" px={8} variant={chosen.includes(v) ? "filled" : "default"} aria-pressed={chosen.includes(v)} onClick={() => onChange(toggled(chosen, v))}>
            {label(v)}{counts && <Text span size="xs" ml={5} className={css.count} c={chosen.includes(v) ? "inherit" : "dimmed"}>{short(counts[v] ?? 0)}</Text>}
          </Button>
        ))}
      </Button.Group>
    </div>
  );
}
