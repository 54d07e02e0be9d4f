import { Button, Group, Popover, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight, IconColumnInsertRight, IconColumnRemove, IconPin, IconPinnedOff, IconSearch, IconStack2 } from "@tabler/icons-react";
import { useState } from "react";
import type { Field } from "../api/client";
import { Failure, Loading } from "../shared/states";
import { count, short } from "../time/format";
import type { Column } from "./columns";
import { visible } from "./document";
import { FilterButtons } from "./FilterButtons";
import type { OnFilter } from "./FilterButtons";
import { useTop } from "./queries";
import type { Selection } from "./queries";
import css from "./FieldsPanel.module.css";

interface Props {
  fields: Field[];
  columns: Column[];
  selection: Selection;
  onToggleColumn: (name: string) => void;
  onSplit: (name: string) => void;
  onFilter: OnFilter;
}

/** At most so many fields are listed; the search finds the others. */
const listed = 300;
/** Values of a facet that are shown. */
const facetValues = 5;

const usualFacets = ["penstock.table", "host.name", "user.name", "process.name"];

interface Facets {
  names: string[];
  open: string[];
}

/** FieldsPanel shows facets with their most frequent values, and lists the fields: each opens its values and can become a column or a facet. */
export function FieldsPanel(props: Props) {
  const { fields, columns } = props;
  const [search, setSearch] = useState("");
  const [open, setOpen] = useState<string>();
  const [facets, setFacets] = useLocalStorage<Facets>({ key: "penstock.facets", defaultValue: { names: usualFacets, open: ["penstock.table"] }, getInitialValueInEffect: false });
  const wanted = search.toLowerCase();
  const shown = (name: string) => name.toLowerCase().includes(wanted);
  const chosen = columns.map(({ name }) => fields.find((f) => f.name === name)).filter((f) => f !== undefined && shown(f.name)).filter((f) => f !== undefined);
  const others = fields.filter((f) => !columns.some((c) => c.name === f.name) && shown(f.name));
  const toggleFacet = (name: string) => setFacets((f) => (f.names.includes(name) ? { names: f.names.filter((n) => n !== name), open: f.open.filter((n) => n !== name) } : { names: [...f.names, name], open: [...f.open, name] }));
  const entry = (f: Field) => (
    <Popover key={f.name} opened={open === f.name} onChange={(o) => !o && setOpen(undefined)} position="right-start" width={330} shadow="md" trapFocus>
      <Popover.Target>
        <UnstyledButton className={css.field ?? ""} data-open={open === f.name || undefined} title={f.description ?? f.name} onClick={() => setOpen(open === f.name ? undefined : f.name)}>
          <i className={css.type} title={f.type} style={{ fontStyle: "normal" }}>{letter(f.type)}</i><span>{f.name}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>{open === f.name && <FieldValues {...props} field={f} facet={facets.names.includes(f.name)} onToggleFacet={() => toggleFacet(f.name)} />}</Popover.Dropdown>
    </Popover>
  );
  return (
    <aside className={`panel ${css.panel ?? ""}`} aria-label="Fields">
      <div className={css.search}>
        <TextInput size="xs" placeholder="Find a field" aria-label="Find a field" leftSection={<IconSearch size={13} />} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
      </div>
      {/* What is longer than the panel scrolls by the keyboard too. */}
      <div className={css.list}>
        {search === "" && facets.names.map((name) => (
          <Facet
            key={name} name={name} selection={props.selection} onFilter={props.onFilter} open={facets.open.includes(name)}
            onToggle={() => setFacets((f) => ({ ...f, open: f.open.includes(name) ? f.open.filter((n) => n !== name) : [...f.open, name] }))}
          />
        ))}
        {chosen.length > 0 && <div className={css.group}>Columns</div>}
        {chosen.map(entry)}
        <div className={css.group}>Fields</div>
        {others.slice(0, listed).map(entry)}
        {others.length > listed && <Text size="xs" c="dimmed" px={8}>and {count(others.length - listed)} more: search for them</Text>}
        {chosen.length + others.length === 0 && <Text size="xs" c="dimmed" px={8}>No field has this in its name.</Text>}
      </div>
    </aside>
  );
}

function letter(type: string): string {
  return { keyword: "a", long: "1", float: ".", boolean: "b", ip: "ip", date: "d", object: "{" }[type] ?? "a";
}

/** Facet shows the most frequent values of a field in what was found, once it is opened. */
function Facet({ name, selection, onFilter, open, onToggle }: { name: string; selection: Selection; onFilter: OnFilter; open: boolean; onToggle: () => void }) {
  const top = useTop(selection, name, facetValues, open);
  const largest = top.data?.values[0]?.count ?? 1;
  return (
    <div className={css.facet} role="group" aria-label={`Values of ${name}`}>
      <UnstyledButton className={css.facetName ?? ""} aria-expanded={open} onClick={onToggle}>{open ? <IconChevronDown size={13} aria-hidden /> : <IconChevronRight size={13} aria-hidden />}<span>{name}</span></UnstyledButton>
      {open && top.data?.values.map((v) => (
        <UnstyledButton key={v.value} className={css.facetValue ?? ""} title={`Filter for ${visible(v.value).slice(0, 200)}: ${count(v.count)} events`} onClick={() => onFilter(name, v.value, true)}>
          <i style={{ width: `calc(${(100 * v.count) / largest}% - 8px)` }} aria-hidden /><bdi>{visible(v.value).slice(0, 100)}</bdi><b>{short(v.count)}</b>
        </UnstyledButton>
      ))}
      {open && top.isFetching && !top.data && <Text size="xs" c="dimmed" px={20}>counting…</Text>}
      {open && top.data?.values.length === 0 && <Text size="xs" c="dimmed" px={20}>no values</Text>}
      {open && top.isError && <Text size="xs" c="dimmed" px={20}>{top.error.message}</Text>}
    </div>
  );
}

interface ValuesProps extends Props {
  field: Field;
  facet: boolean;
  onToggleFacet: () => void;
}

function FieldValues({ field, columns, selection, onToggleColumn, onSplit, onFilter, facet, onToggleFacet }: ValuesProps) {
  const top = useTop(selection, field.name);
  const isColumn = columns.some((c) => c.name === field.name);
  const having = top.data ? top.data.total - top.data.missing : 0;
  return (
    <Stack gap="xs">
      <div>
        <Text fw={600} size="sm" style={{ overflowWrap: "anywhere" }}>{field.name}</Text>
        <Text size="xs" c="dimmed">{field.type}{field.array ? ", may have several values" : ""}</Text>
      </div>
      {top.isPending && top.fetchStatus !== "idle" && <Loading what="top values" />}
      {top.isError && <Failure error={top.error} />}
      {top.data?.values.map((v) => (
        <div key={v.value} className={css.value}>
          <span className="mono" title={visible(v.value).slice(0, 2000)} style={{ overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }}><bdi>{visible(v.value).slice(0, 200)}</bdi></span>
          <span className="numeric" title={`${((100 * v.count) / Math.max(1, having)).toFixed(1)} % of those that have it`}>{count(v.count)}</span>
          <Group gap={0} wrap="nowrap"><FilterButtons field={field.name} value={v.value} onFilter={onFilter} /></Group>
          <div className={css.bar} style={{ width: `${(100 * v.count) / Math.max(1, having)}%` }} />
        </div>
      ))}
      {top.data && (
        <Text size="xs" c="dimmed">
          {count(having)} of {count(top.data.total)} events have it{top.data.other > 0 ? `; ${count(top.data.other)} with other values` : ""}.
        </Text>
      )}
      <Group gap={6}>
        <Button size="compact-xs" variant="light" leftSection={isColumn ? <IconColumnRemove size={13} /> : <IconColumnInsertRight size={13} />} onClick={() => onToggleColumn(field.name)}>
          {isColumn ? "Remove column" : "Add column"}
        </Button>
        <Button size="compact-xs" variant="light" leftSection={facet ? <IconPinnedOff size={13} /> : <IconPin size={13} />} onClick={onToggleFacet}>{facet ? "Remove facet" : "Facet"}</Button>
        <Button size="compact-xs" variant="light" leftSection={<IconStack2 size={13} />} onClick={() => onSplit(field.name)}>Split histogram</Button>
      </Group>
    </Stack>
  );
}
