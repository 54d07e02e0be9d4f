import { SegmentedControl, Stack } from "@mantine/core";
import { useState } from "react";
import type { FormatDocument } from "../api/client";
import { visible } from "../events/document";
import { Listed, Several } from "./Listed";
import { holds } from "./words";

/** Fields shows the columns of the records, and the fields of events that they become. */
export function Fields({ format, wanted }: { format: FormatDocument; wanted: string }) {
  const [kind, setKind] = useState("columns");
  const tables = (names: readonly string[]) => names.length === format.tables.length && names.length > 1 ? "all" : <Several names={names} most={3} />;
  return (
    <Stack gap="sm" align="stretch">
      <SegmentedControl aria-label="Columns or fields" value={kind} onChange={setKind} data={[{ value: "columns", label: "Columns of records" }, { value: "fields", label: "Fields of events" }]} style={{ alignSelf: "flex-start" }} />
      {kind === "columns" ? (
        <Listed name="Columns of records" heads={["Column", "Type", "Is", "Becomes", "Tables"]} rows={format.columns.filter((c) => holds(wanted, c.name, c.description, ...c.fields, ...c.tables)).map((c) => ({
          key: `${c.name} ${c.type} ${c.description ?? ""}`, cells: [<b key="n">{visible(c.name)}</b>, c.type, visible(c.description ?? ""), <Several names={c.fields} key="f" />, tables(c.tables)],
        }))} />
      ) : (
        <Listed name="Fields of events" heads={["Field", "Type", "Made from", "Tables"]} rows={format.fields.filter((f) => holds(wanted, f.name, f.type, ...f.columns, ...f.tables)).map((f) => ({
          key: f.name, cells: [<b key="n">{visible(f.name)}</b>, f.type, <Several names={f.columns} key="c" />, tables(f.tables)],
        }))} />
      )}
    </Stack>
  );
}
