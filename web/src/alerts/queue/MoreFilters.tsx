import { Autocomplete, Button, Group, MultiSelect, Popover, Select, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconFilter } from "@tabler/icons-react";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { momentOf, presets } from "../../time/range";
import { useOverview } from "../queries";
import type { AlertsView } from "../view";
import { levels, originName, origins, verdictName, verdicts } from "../words";
import css from "./FilterBar.module.css";

interface Props {
  view: AlertsView;
  change: (part: Partial<AlertsView>) => void;
  /** How many of its filters hold. */
  chosen: number;
}

/** MoreFilters opens the filters that are chosen less often. */
export function MoreFilters({ view, change, chosen }: Props) {
  const [opened, { toggle, close }] = useDisclosure();
  return (
    <Popover opened={opened} onChange={(o) => !o && close()} position="bottom-start" shadow="md" trapFocus width="min(560px, 94vw)">
      <Popover.Target>
        <Button size="xs" variant={chosen > 0 ? "light" : "default"} leftSection={<IconFilter size={14} />} onClick={toggle} aria-haspopup="dialog" aria-expanded={opened}>Filters{chosen > 0 && ` (${chosen})`}</Button>
      </Popover.Target>
      <Popover.Dropdown p="md" aria-label="Filters">
        {opened && (
          <FilterForm
            view={view}
            onDone={(part) => {
              change(part);
              close();
            }}
          />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

const between = "between";
const anyTime = { value: "", label: "Any time" };

/** A preset, nothing, or two ends. */
function presetOf(view: AlertsView): string {
  if (!view.from && !view.to) return "";
  return presets.some((p) => p.range.from === view.from) && (view.to === "" || view.to === "now") ? view.from : between;
}

function FilterForm({ view, onDone }: { view: AlertsView; onDone: (part: Partial<AlertsView>) => void }) {
  const overview = useOverview(true);
  const [form, setForm] = useState(view);
  const [time, setTime] = useState(presetOf(view));
  const set = (part: Partial<AlertsView>) => setForm((f) => ({ ...f, ...part }));
  const wrong = (end: string) => (end && !momentOf(end, new Date()) ? "2026-01-31 08:00, or now-7d" : undefined);
  const o = overview.data;
  const names = (list: { name?: string }[] | undefined) => [...new Set((list ?? []).flatMap((s) => s.name ?? []))];
  const ids = (list: { id?: string }[] | undefined) => [...new Set((list ?? []).flatMap((s) => s.id ?? []))];
  const titles = new Map((o?.rules ?? []).map((r) => [r.id ?? "", r.name ?? ""]));
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    const { from, to } = time === between ? form : { from: time, to: "" };
    if (wrong(from) || wrong(to)) return;
    const { level, origin, verdict, rule, tag, host, user, entity, technique, tactic, updated } = form;
    const trimmed = Object.fromEntries(Object.entries({ rule, tag, host, user, entity, technique, tactic }).map(([k, v]) => [k, v.trim()]));
    onDone({ level, origin, verdict, ...trimmed, updated, from, to });
  };
  return (
    <form onSubmit={submit} noValidate>
      <div className={css.form}>
        <MultiSelect size="xs" label="Level of the rule" data={levels} value={form.level} data-autofocus onChange={(v) => set({ level: levels.filter((l) => v.includes(l)) })} comboboxProps={{ withinPortal: false }} />
        <MultiSelect size="xs" label="Raised by" data={origins.map((x) => ({ value: x, label: originName[x] }))} value={form.origin} onChange={(v) => set({ origin: origins.filter((x) => v.includes(x)) })} comboboxProps={{ withinPortal: false }} />
        <Autocomplete size="xs" label="Host" description="Name or id" limit={30} maxLength={512} data={names(o?.hosts)} value={form.host} onChange={(host) => set({ host })} comboboxProps={{ withinPortal: false }} />
        <Autocomplete size="xs" label="User" description="Name or id" limit={30} maxLength={512} data={names(o?.users)} value={form.user} onChange={(user) => set({ user })} comboboxProps={{ withinPortal: false }} />
        <TextInput size="xs" label="Any entity" description="Name, address or hash" maxLength={512} value={form.entity} onChange={(e) => set({ entity: e.currentTarget.value })} />
        <Autocomplete
          size="xs" label="Rule" description={titles.get(form.rule) || "Its id; those with open alerts are offered"} limit={30} maxLength={256} data={ids(o?.rules)} value={form.rule} onChange={(rule) => set({ rule })} comboboxProps={{ withinPortal: false }}
          renderOption={({ option }) => titles.get(option.value) ?? option.value} filter={({ options, search }) => options.filter((x) => "value" in x && `${x.value} ${titles.get(x.value) ?? ""}`.toLowerCase().includes(search.toLowerCase()))}
        />
        <Autocomplete size="xs" label="Tactic of ATT&CK" placeholder="initial-access" limit={30} maxLength={64} data={ids(o?.tactics)} value={form.tactic} onChange={(tactic) => set({ tactic })} comboboxProps={{ withinPortal: false }} />
        <Autocomplete size="xs" label="Technique of ATT&CK" placeholder="T1059" limit={30} maxLength={32} data={ids(o?.techniques)} value={form.technique} onChange={(technique) => set({ technique })} comboboxProps={{ withinPortal: false }} />
        <MultiSelect size="xs" label="Verdict" description="Of closed alerts" data={verdicts.map((x) => ({ value: x, label: verdictName[x] }))} value={form.verdict} onChange={(v) => set({ verdict: verdicts.filter((x) => v.includes(x)) })} comboboxProps={{ withinPortal: false }} />
        <TextInput size="xs" label="Tag" description="As it is written" maxLength={128} value={form.tag} onChange={(e) => set({ tag: e.currentTarget.value })} />
        <Select size="xs" label="Happened" allowDeselect={false} value={time} data={[anyTime, ...presets.map((p) => ({ value: p.range.from, label: p.label })), { value: between, label: "Between…" }]} onChange={(v) => setTime(v ?? "")} comboboxProps={{ withinPortal: false }} />
        <Select size="xs" label="Changed" allowDeselect={false} value={form.updated} data={[anyTime, ...presets.map((p) => ({ value: p.range.from, label: p.label })), ...(form.updated && !presets.some((p) => p.range.from === form.updated) ? [form.updated] : [])]} onChange={(v) => set({ updated: v ?? "" })} comboboxProps={{ withinPortal: false }} />
        {time === between && <TextInput size="xs" label="From" placeholder="2026-01-31 08:00" value={form.from} error={wrong(form.from)} onChange={(e) => set({ from: e.currentTarget.value })} />}
        {time === between && <TextInput size="xs" label="To" placeholder="now" value={form.to} error={wrong(form.to)} onChange={(e) => set({ to: e.currentTarget.value })} />}
        <Group justify="flex-end" className={css.wide ?? ""}><Button size="xs" type="submit">Apply</Button></Group>
      </div>
    </form>
  );
}
