import { Badge, ScrollArea, Switch, Table, Text } from "@mantine/core";
import type { Rule } from "../api/client";
import { visible } from "../events/document";
import { Level } from "../shared/Level";
import { Time } from "../shared/Time";
import { count } from "../time/format";
import { Fitness } from "./Fitness";
import { useRuleSwitch } from "./queries";
import css from "./RulesPage.module.css";

/** RuleList shows rules, each with the switch that enables it. */
export function RuleList({ rules, onOpen }: { rules: Rule[]; onOpen: (id: string) => void }) {
  const turn = useRuleSwitch();
  return (
    <section className="panel" aria-label="Rules">
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
        <Table highlightOnHover verticalSpacing={6} horizontalSpacing="sm" fz="sm" miw={860}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Enabled</Table.Th><Table.Th>Rule</Table.Th><Table.Th>Level</Table.Th><Table.Th>Fitness</Table.Th><Table.Th className="numeric">Fired, 30 d</Table.Th>
              <Table.Th>Last</Table.Th><Table.Th>Pack</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rules.map((r) => (
              <Table.Tr key={r.id} data-rule={r.id}>
                <Table.Td>
                  <Switch
                    size="xs" checked={r.enabled} aria-label={`Enable ${r.title}`} disabled={turn.isPending && turn.variables.id === r.id}
                    onChange={(e) => turn.mutate({ id: r.id, version: r.settingsVersion, enabled: e.currentTarget.checked })}
                  />
                </Table.Td>
                <Table.Td maw={460}>
                  <button type="button" className={css.title} onClick={() => onOpen(r.id)}>{visible(r.title)}</button>
                  <Text size="xs" c="dimmed">{[r.logsource.product, r.logsource.category ?? r.logsource.service, r.status, ...r.techniques.slice(0, 3)].filter(Boolean).join(" · ")}</Text>
                  {r.problem && <Text size="xs" c="red">{visible(r.problem)}</Text>}
                </Table.Td>
                <Table.Td><Level level={r.level} /></Table.Td>
                <Table.Td><Fitness grade={r.fitness.grade} /></Table.Td>
                <Table.Td className="numeric">{count(r.fired.count)} {r.fired.noisy && <Badge color="yellow" variant="light" tt="none">noisy</Badge>}</Table.Td>
                <Table.Td><Time at={r.fired.last} /></Table.Td>
                <Table.Td>{r.pack}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
    </section>
  );
}
