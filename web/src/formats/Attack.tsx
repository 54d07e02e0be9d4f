import { Anchor, Button, Group, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { Link } from "react-router";
import type { FormatDocument } from "../api/client";
import { visible } from "../events/document";
import { matrixPath, rulePath } from "../shared/places";
import { count } from "../time/format";
import { Listed } from "./Listed";
import { holds, techniquesOf } from "./words";

const shown = 6;

/** Attack shows the techniques of the rules that apply, and gives them to the ATT&CK Navigator. */
export function Attack({ format, wanted }: { format: FormatDocument; wanted: string }) {
  const rows = techniquesOf(format.rules).filter((t) => holds(wanted, t.id, ...t.rules.map((r) => r.title)));
  return (
    <>
      <Group gap="sm">
        <Button component="a" href={`/api/v1/formats/${encodeURIComponent(format.id)}/layer`} download={`${format.id}-attack-layer.json`} variant="default" leftSection={<IconDownload size={15} />}>Layer for the ATT&CK Navigator</Button>
        <Text size="sm" c="dimmed">Format 4.5. The matrix under Rules shows the coverage of all formats.</Text>
      </Group>
      <Listed name="Techniques" heads={["Technique", "Rules", "Enabled", "Which"]} rows={rows.map((t) => ({
        key: t.id,
        cells: [
          <Anchor component={Link} to={matrixPath(t.id)} size="sm" key="t">{t.id}</Anchor>, count(t.rules.length), count(t.rules.filter((r) => r.enabled).length),
          <>{t.rules.slice(0, shown).map((r) => <Anchor key={r.id} component={Link} to={rulePath(r.id)} size="sm" display="block">{visible(r.title)}</Anchor>)}{t.rules.length > shown && <Text size="xs" c="dimmed">and {count(t.rules.length - shown)} more</Text>}</>,
        ],
      }))} />
    </>
  );
}
