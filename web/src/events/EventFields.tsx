import { ActionIcon, Button, Group, Menu, TextInput } from "@mantine/core";
import { IconArrowRight, IconColumnInsertRight, IconSearch, IconTimeline } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import type { StoredEvent } from "../api/client";
import { Copy } from "../shared/Copy";
import { count } from "../time/format";
import { flatten, valuesOf, visible } from "./document";
import type { Scalar } from "./document";
import { FilterButtons } from "./FilterButtons";
import type { OnFilter } from "./FilterButtons";
import { pivotOf, searchFor, timelineOf } from "./pivot";
import css from "./EventDrawer.module.css";

interface Props {
  event: StoredEvent;
  onFilter: OnFilter;
  onAddColumn?: (name: string) => void;
}

/** EventFields lists the fields of an event; each value can be filtered for, filtered out, copied, and leads to what has to do with it. */
export function EventFields({ event, onFilter, onAddColumn }: Props) {
  const [search, setSearch] = useState("");
  const wanted = search.toLowerCase();
  const all = useMemo(() => flatten(event.document), [event.document]);
  const [host] = valuesOf(event.document, "host.name");
  const fields = all.filter((f) => f.name.toLowerCase().includes(wanted) || f.values.some((v) => String(v).toLowerCase().includes(wanted)));
  return (
    <>
      <TextInput size="xs" mb="xs" placeholder="Find a field or a value" aria-label="Find a field or a value" leftSection={<IconSearch size={13} />} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
      <table className={css.table}>
        <tbody>
          {fields.flatMap((f) => f.values.map((v, i) => (
            <tr key={`${f.name} ${i}`} data-field={f.name}>
              <td className={css.name}>{i === 0 ? visible(f.name) : ""}</td>
              <td className={css.value}><Value value={v} /></td>
              <td className={css.acts}>
                <Group gap={0} justify="flex-end" wrap="nowrap">
                  <PivotMenu field={f.name} value={v} host={host} at={event.time} />
                  <FilterButtons field={f.name} value={v} onFilter={onFilter} />
                  {onAddColumn && <ActionIcon size={24} variant="subtle" color="gray" title="Show as a column" aria-label={`Show ${f.name} as a column`} onClick={() => onAddColumn(f.name)}><IconColumnInsertRight size={14} /></ActionIcon>}
                  <Copy text={String(v)} what={f.name} />
                </Group>
              </td>
            </tr>
          )))}
        </tbody>
      </table>
    </>
  );
}

/** PivotMenu leads from a value to the events that have to do with it. */
function PivotMenu({ field, value, host, at }: { field: string; value: Scalar; host: Scalar | undefined; at: string }) {
  const pivot = pivotOf(field, value, host);
  const timeline = timelineOf(field, value, at);
  if (!pivot) return null;
  if (!timeline) {
    return <ActionIcon component={Link} to={searchFor(pivot.query)} size={24} variant="subtle" color="gray" title={pivot.label} aria-label={`${pivot.label}: ${visible(value).slice(0, 60)}`}><IconArrowRight size={14} /></ActionIcon>;
  }
  return (
    <Menu shadow="md" position="bottom-end">
      <Menu.Target><ActionIcon size={24} variant="subtle" color="gray" title="Lead on" aria-label={`Lead on from ${field}: ${visible(value).slice(0, 60)}`}><IconArrowRight size={14} /></ActionIcon></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconArrowRight size={14} />} component={Link} to={searchFor(pivot.query)}>{pivot.label}</Menu.Item>
        <Menu.Item leftSection={<IconTimeline size={14} />} component={Link} to={timeline}>Timeline around this moment</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** A value longer than this is shown whole only on request. */
const longValue = 1_500;

function Value({ value }: { value: Scalar }) {
  const [whole, setWhole] = useState(false);
  const text = visible(value);
  if (whole || text.length <= longValue) return <bdi>{text}</bdi>;
  return (
    <>
      <bdi>{text.slice(0, longValue)}…</bdi>{" "}
      <Button size="compact-xs" variant="light" onClick={() => setWhole(true)}>Show all {count(text.length)} characters</Button>
    </>
  );
}
