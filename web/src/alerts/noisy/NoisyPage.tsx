import { Anchor, Group, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import { visible } from "../../events/document";
import { Level } from "../../shared/Level";
import { rulePath } from "../../shared/places";
import { Empty, Failure, Loading } from "../../shared/states";
import { Time } from "../../shared/Time";
import { count } from "../../time/format";
import { useNoisyRules, useRuleNames } from "../queries";

/** NoisyPage is the rules that match so much that some of their matches are only counted. */
export function NoisyPage() {
  const noisy = useNoisyRules();
  const names = useRuleNames((noisy.data?.rules ?? []).map((n) => n.rule).slice(0, 400));
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed" maw={720}>
        A rule that matches more than its limit is throttled, so that its alerts do not bury the others: its matches are counted, and raise no alerts until it calms down. An exception or a higher limit, on the rule's own page, mends that.
      </Text>
      <section className="panel" aria-label="Noisy rules">
        {noisy.isPending && <Loading what="noisy rules" />}
        {noisy.isError && !noisy.data && <Failure error={noisy.error} retry={() => void noisy.refetch()} />}
        {noisy.data?.rules.length === 0 && <Empty title="No rule is throttled">Every match becomes part of an alert.</Empty>}
        {noisy.data && noisy.data.rules.length > 0 && (
          <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
            <Table highlightOnHover verticalSpacing={6} horizontalSpacing="md" fz="sm" miw={900}>
              <Table.Thead><Table.Tr><Table.Th>Rule</Table.Th><Table.Th className="numeric">Only counted</Table.Th><Table.Th>Since</Table.Th><Table.Th>Calm from</Table.Th><Table.Th>Last held back</Table.Th><Table.Th>Why</Table.Th><Table.Th /></Table.Tr></Table.Thead>
              <Table.Tbody>
                {noisy.data.rules.map((n) => {
                  const rule = names.data?.get(n.rule);
                  return (
                    <Table.Tr key={n.rule} data-rule={n.rule}>
                      <Table.Td maw={360} style={{ overflowWrap: "anywhere" }}><Group gap={6} wrap="nowrap"><Level level={rule?.level} /><Anchor component={Link} to={rulePath(n.rule)} size="sm">{visible(rule?.title ?? n.rule)}</Anchor></Group></Table.Td>
                      <Table.Td className="numeric">{count(n.held)}</Table.Td>
                      <Table.Td><Time at={n.since} /></Table.Td><Table.Td><Time at={n.until} /></Table.Td><Table.Td><Time at={n.seen} /></Table.Td>
                      <Table.Td maw={300}>{visible(n.reason)}</Table.Td>
                      <Table.Td ta="right"><Anchor component={Link} size="sm" underline="always" to={`/alerts?${new URLSearchParams({ rule: n.rule })}`}>Its alerts</Anchor></Table.Td>
                    </Table.Tr>
                  );
                })}
              </Table.Tbody>
            </Table>
          </ScrollArea>
        )}
      </section>
    </Stack>
  );
}
