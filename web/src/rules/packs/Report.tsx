import { Group, ScrollArea, Stack, Table, Text, Title } from "@mantine/core";
import type { InstallReport } from "../../api/client";
import { visible } from "../../events/document";
import { Figure } from "../../shared/Figure";
import { count } from "../../time/format";

/** Report tells what became of the rules of a pack, or would. */
export function Report({ report }: { report: InstallReport }) {
  const r = report;
  return (
    <Stack gap="md" role="status" aria-label="Report">
      <Title order={3}>{r.dryRun ? "What would be installed" : "Installed"}</Title>
      <Group gap={36}>
        <Figure name="Rules" value={count(r.rules)} note={[r.correlations > 0 && `${count(r.correlations)} correlations`, r.filters > 0 && `${count(r.filters)} filters`].filter(Boolean).join(", ") || `in ${count(r.files)} files`} />
        <Figure name="Apply" value={count(r.yes)} tone="good" />
        <Figure name="Apply in part" value={count(r.partly)} />
        <Figure name="Do not apply" value={count(r.no)} />
        <Figure name={r.dryRun ? "Would be enabled" : "Enabled"} value={count(r.enabled)} />
      </Group>
      <Text size="sm" c="dimmed">
        {count(r.added)} new, {count(r.updated)} changed, {count(r.unchanged)} as they were, {count(r.removed)} not there any more.{r.ignored > 0 && ` ${count(r.ignored)} other files were left out.`}
      </Text>
      {r.obstacles.length > 0 && (
        <Listed title="Why rules do not apply, or only in part" head={["Rules", "What stands in the way"]} rows={r.obstacles.map((o) => [count(o.rules), visible(o.text)])} />
      )}
      {r.problems.length > 0 && (
        <Listed
          title={`Problems${r.moreProblems ? `, the first ${count(r.problems.length)} of ${count(r.problems.length + r.moreProblems)}` : ""}`} head={["Where", "What"]}
          rows={r.problems.map((p) => [visible(`${p.file ?? ""}${p.line > 0 ? `:${p.line}` : ""}`), `${p.warning ? "warning: " : ""}${visible(p.message)}`])}
        />
      )}
    </Stack>
  );
}

function Listed({ title, head, rows }: { title: string; head: [string, string]; rows: [string, string][] }) {
  return (
    <div>
      <Title order={3} mb={4}>{title}</Title>
      <ScrollArea.Autosize mah={280} type="auto" viewportProps={{ tabIndex: 0 }}>
        <Table fz="xs" verticalSpacing={3} aria-label={title}>
          <Table.Thead><Table.Tr>{head.map((h) => <Table.Th key={h}>{h}</Table.Th>)}</Table.Tr></Table.Thead>
          <Table.Tbody>
            {rows.slice(0, 200).map(([a, b], i) => <Table.Tr key={`${a} ${i}`}><Table.Td className="mono" style={{ overflowWrap: "anywhere", verticalAlign: "top" }}>{a}</Table.Td><Table.Td style={{ overflowWrap: "anywhere" }}>{b}</Table.Td></Table.Tr>)}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
    </div>
  );
}
