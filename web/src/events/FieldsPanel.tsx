import { Button, Group, Popover, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconColumnInsertRight, IconColumnRemove, IconSearch, IconStack2 } from "@tabler/icons-react";
import { useState } from "react";
import type { Field } from "../api/client";
import { Failure, Loading } from "../shared/states";
import { count } from "../time/format";
import type { Moments } from "../time/range";
import { visible } from "./document";
import { FilterButtons } from "./FilterButtons";
import type { OnFilter } from "./FilterButtons";
import { useTop } from "./queries";
import css from "./FieldsPanel.module.css";

interface Props {
  fields: Field[];
  columns: string[];
  query: string;
  moments: Moments;
  onToggleColumn: (name: string) => void;
  onSplit: (name: string) => void;
  onFilter: OnFilter;
}

/** At most so many fields are listed; the search finds the others. */
const listed = 300;

/** FieldsPanel lists the fields: each opens its most frequent values and can become a column. */
export function FieldsPanel(props: Props) {
  const { fields, columns } = props;
  const [search, setSearch] = useState("");
  const [open, setOpen] = useState<string>();
  const chosen = columns.map((name) => fields.find((f) => f.name === name)).filter((f) => f !== undefined);
  const others = fields.filter((f) => !columns.includes(f.name) && f.name.toLowerCase().includes(search.toLowerCase()));
  const entry = (f: Field) => (
    <Popover key={f.name} opened={open === f.name} onChange={(o) => !o && setOpen(undefined)} position="right-start" width={330} shadow="md" trapFocus>
      <Popover.Target>
        <UnstyledButton className={css.field ?? ""} data-open={open === f.name || undefined} title={f.description ?? f.name} onClick={() => setOpen(open === f.name ? undefined : f.name)}>
          <i className={css.type} title={f.type} style={{ fontStyle: "normal" }}>{letter(f.type)}</i><span>{f.name}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>{open === f.name && <FieldValues {...props} field={f} />}</Popover.Dropdown>
    </Popover>
  );
  return (
    <aside className={`panel ${css.panel ?? ""}`} aria-label="Fields">
      <div className={css.search}>
        <TextInput size="xs" placeholder="Find a field" aria-label="Find a field" leftSection={<IconSearch size={13} />} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
      </div>
      <div className={css.list}>
        {chosen.length > 0 && <div className={css.group}>Columns</div>}
        {chosen.map(entry)}
        <div className={css.group}>Fields</div>
        {others.slice(0, listed).map(entry)}
        {others.length > listed && <Text size="xs" c="dimmed" px={8}>and {count(others.length - listed)} more: search for them</Text>}
      </div>
    </aside>
  );
}

function letter(type: string): string {
  return { keyword: "a", long: "1", float: ".", boolean: "b", ip: "ip", date: "d", object: "{" }[type] ?? "a";
}

function FieldValues({ field, columns, query, moments, onToggleColumn, onSplit, onFilter }: Props & { field: Field }) {
  const top = useTop({ query, moments }, field.name);
  const isColumn = columns.includes(field.name);
  const having = top.data ? top.data.total - top.data.missing : 0;
  return (
    <Stack gap="xs">
      <div>
        <Text fw={600} size="sm" style={{ overflowWrap: "anywhere" }}>{field.name}</Text>
        <Text size="xs" c="dimmed">{field.type}{field.array ? ", may have several values" : ""}</Text>
      </div>
      {top.isPending && <Loading what="top values" />}
      {top.isError && <Failure error={top.error} />}
      {top.data?.values.map((v) => (
        <div key={v.value} className={css.value}>
          <span className="mono" title={visible(v.value)} style={{ overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }}>{visible(v.value).slice(0, 200)}</span>
          <span className="numeric" title={count(v.count)}>{((100 * v.count) / Math.max(1, having)).toFixed(1)} %</span>
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
        <Button size="compact-xs" variant="light" leftSection={<IconStack2 size={13} />} onClick={() => onSplit(field.name)}>Split histogram</Button>
      </Group>
    </Stack>
  );
}
