import { Anchor, Text } from "@mantine/core";
import { Link } from "react-router";
import type { FormatDocument } from "../api/client";
import { visible } from "../events/document";
import { Level } from "../shared/Level";
import { matrixPath, rulePath } from "../shared/places";
import { Listed, Several } from "./Listed";
import { holds } from "./words";

export function Rules({ format, wanted }: { format: FormatDocument; wanted: string }) {
  const rows = format.rules.filter((r) => holds(wanted, r.title, r.level, r.pack, ...r.techniques, ...r.tables));
  return (
    <Listed name="Rules that apply" heads={["Rule", "Level", "Techniques", "Tables", "Pack", "Enabled"]} rows={rows.map((r) => ({
      key: r.id,
      cells: [
        <><Anchor component={Link} to={rulePath(r.id)} size="sm">{visible(r.title)}</Anchor>{r.partly && <Text size="xs" c="dimmed">applies in part</Text>}</>,
        <Level level={r.level} key="l" />,
        <>{r.techniques.map((t) => <Anchor key={t} component={Link} to={matrixPath(t)} size="sm" mr={6}>{t}</Anchor>)}</>,
        r.tables.length === format.tables.length && r.tables.length > 1 ? "all" : <Several names={r.tables} most={3} key="t" />, visible(r.pack), r.enabled ? "yes" : "no",
      ],
    }))} />
  );
}
