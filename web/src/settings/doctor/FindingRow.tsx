import { Anchor, Code, Group, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from "@tabler/icons-react";
import { useState } from "react";
import type { DoctorFinding } from "../../api/client";
import { visible } from "../../events/document";
import { severities } from "./report";

const icons = { ok: IconCircleCheck, info: IconInfoCircle, warn: IconAlertTriangle, fail: IconCircleX };

/** FindingRow is one finding: how much it matters, what it is, why it matters and how to mend it. */
export function FindingRow({ finding: f }: { finding: DoctorFinding }) {
  const [facts, setFacts] = useState(false);
  const { label, color } = severities.find((s) => s.severity === f.severity) ?? { label: f.severity, color: "gray" };
  const Icon = icons[f.severity];
  const wrong = f.severity !== "ok";
  return (
    <Group gap="sm" align="flex-start" wrap="nowrap" data-finding={f.id} role="listitem">
      <Group gap={6} wrap="nowrap" w={92} miw={92}>
        <Icon size={16} color={`var(--mantine-color-${color}-filled)`} aria-hidden />
        <Text size="sm" fw={wrong ? 600 : 400}>{label}</Text>
      </Group>
      <Stack gap={4} miw={0}>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>{visible(f.found)}</Text>
        {wrong && f.why && <Text size="sm" c="dimmed">{visible(f.why)}</Text>}
        {wrong && f.mend && <Mend text={f.mend} />}
        {(f.facts?.length ?? 0) > 0 && <Anchor component="button" type="button" size="xs" ta="start" underline="always" aria-expanded={facts} aria-label={`${facts ? "Hide" : "Show"} what was seen: ${visible(f.found)}`} onClick={() => setFacts(!facts)}>{facts ? "Hide" : "Show"} what was seen</Anchor>}
        {facts && <Table withRowBorders={false} verticalSpacing={2} w="auto" aria-label="What was seen"><Table.Tbody>{f.facts?.map((fact) => <Table.Tr key={fact.name}><Table.Th scope="row" fw={400} c="dimmed" fz="xs">{visible(fact.name)}</Table.Th><Table.Td fz="xs" className="mono" style={{ overflowWrap: "anywhere" }}>{visible(fact.value)}</Table.Td></Table.Tr>)}</Table.Tbody></Table>}
      </Stack>
    </Group>
  );
}

/** Mend is how to mend it: what is after the first line are lines to copy or to go through. */
function Mend({ text }: { text: string }) {
  const [first, ...rest] = text.split("\n");
  return (
    <>
      <Text size="sm"><Text span fw={600} size="sm">To mend it: </Text>{visible(first ?? "")}</Text>
      {rest.length > 0 && <Code block style={{ whiteSpace: "pre-wrap" }}>{rest.map((line) => visible(line)).join("\n")}</Code>}
    </>
  );
}
