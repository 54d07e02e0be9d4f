import { Badge, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import type { FieldOrigin } from "../api/client";
import { Failure, Loading } from "../shared/states";
import { visible } from "./document";
import { useProvenance } from "./queries";
import css from "./EventDrawer.module.css";

/** A value is cut here; the fields and the record have all of it. */
const valueLength = 300;

const sources: Record<FieldOrigin["source"], string> = {
  mapped: "a line of the mapping gave it", derived: "it follows from other fields", kept: "a column that nobody knows, kept as it came", own: "Penstock says it of the record",
};

/** Provenance tells of each field where it came from, and which parts of the record no field has. */
export function Provenance({ id }: { id: string }) {
  const [search, setSearch] = useState("");
  const provenance = useProvenance(id);
  if (provenance.isPending) return <Loading what="provenance" />;
  if (provenance.isError) return <Failure error={provenance.error} retry={() => void provenance.refetch()} />;
  const { fields, unfit, unmapped, sentence } = provenance.data;
  const wanted = search.toLowerCase();
  const shown = fields.filter((f) => f.field.toLowerCase().includes(wanted) || f.from.some((v) => v.path.toLowerCase().includes(wanted)));
  return (
    <Stack gap="sm">
      <TextInput size="xs" placeholder="Find a field or a column" aria-label="Find a field or a column" leftSection={<IconSearch size={13} />} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
      {sentence && <Text size="xs" c="dimmed">What happened is told by <span className="mono">{sentence}</span>.</Text>}
      <table className={css.rows} aria-label="Where the fields came from">
        <thead><tr><th>Field</th><th>Came from</th><th>By</th></tr></thead>
        <tbody>{shown.map((f, i) => <Origin key={`${f.field} ${i}`} origin={f} />)}</tbody>
      </table>
      {unfit.length > 0 && (
        <>
          <Title order={3}>Values that did not fit</Title>
          <table className={css.rows} aria-label="Values that did not fit">
            <thead><tr><th>Field</th><th>Came from</th><th>By</th></tr></thead>
            <tbody>{unfit.map((f, i) => <Origin key={`${f.field} ${i}`} origin={f} />)}</tbody>
          </table>
        </>
      )}
      <Title order={3}>Parts of the record that no field has</Title>
      {unmapped.length === 0 ? (
        <Text size="sm" c="dimmed">None: every column of the record is in a field.</Text>
      ) : (
        <table className={css.rows} aria-label="Parts of the record that no field has">
          <thead><tr><th>Column</th><th>Value</th><th>Why</th></tr></thead>
          <tbody>
            {unmapped.map((u) => <tr key={u.path}><td className="mono" style={{ overflowWrap: "anywhere" }}>{visible(u.path)}</td><td className={css.command}><bdi>{cut(u.value)}</bdi></td><td>{u.why}</td></tr>)}
          </tbody>
        </table>
      )}
    </Stack>
  );
}

function cut(value: string): string {
  const text = visible(value);
  return text.length > valueLength ? `${text.slice(0, valueLength)}…` : text;
}

function Origin({ origin: f }: { origin: FieldOrigin }) {
  return (
    <tr data-origin={f.field}>
      <td style={{ overflowWrap: "anywhere", width: "30%" }}>{visible(f.field)}<div className={css.command}><bdi>{cut(f.value)}</bdi></div></td>
      <td style={{ overflowWrap: "anywhere" }}>
        {f.from.map((v) => <div key={v.path}><span className="mono">{visible(v.path)}</span>{v.value !== f.value && <div className={css.command}><bdi>{cut(v.value)}</bdi></div>}</div>)}
        {f.from.length === 0 && f.follows.length > 0 && <Text size="xs" c="dimmed">from {f.follows.join(", ")}</Text>}
        {f.from.length === 0 && f.follows.length === 0 && <Text size="xs" c="dimmed">always the same</Text>}
      </td>
      <td style={{ width: "34%", overflowWrap: "anywhere" }}>
        <Group gap={6} wrap="nowrap" align="flex-start"><Badge size="xs" variant="light" tt="none" miw="max-content" title={sources[f.source]}>{f.source}</Badge></Group>
        {f.line && <div className={css.command}>{f.line.text}{f.line.when ? ` when ${f.line.when}` : ""}</div>}
        {f.line?.file && <Text size="xs" c="dimmed">{f.line.file}:{f.line.line}</Text>}
      </td>
    </tr>
  );
}
