import { Anchor, Text } from "@mantine/core";
import { Link } from "react-router";
import type { FormatDocument } from "../api/client";
import { visible } from "../events/document";
import { count } from "../time/format";
import { Listed, Several } from "./Listed";
import { formatPath, holds } from "./words";

export function Tables({ format, wanted }: { format: FormatDocument; wanted: string }) {
  const rows = format.tables.filter((t) => holds(wanted, t.name, t.description, ...t.categories, ...t.actions));
  return (
    <Listed name="Tables" heads={["Table", "Event categories", "Kinds of events", "Columns", "Samples", "Rules"]} rows={rows.map((t) => ({
      key: t.name,
      cells: [
        <><Anchor component={Link} to={`${formatPath(format.id, "samples")}?${new URLSearchParams({ table: t.name })}`} size="sm" fw={600}>{t.name}</Anchor><Text size="xs" c="dimmed">{visible(t.description)}</Text></>,
        t.categories.join(", "), <Several names={t.actions} />, count(t.columns), count(t.samples), count(t.rules),
      ],
    }))} />
  );
}
