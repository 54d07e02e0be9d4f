import { Anchor, Badge, Group, Text } from "@mantine/core";
import { Link } from "react-router";
import type { RuleDetail } from "../../api/client";
import { outcome, statusColour } from "../../alerts/words";
import { visible } from "../../events/document";
import { literal } from "../../query/syntax";
import { Level } from "../../shared/Level";
import { Failure, Loading } from "../../shared/states";
import { Time } from "../../shared/Time";
import { count } from "../../time/format";
import { useRuleAlerts } from "../queries";
import { Panel } from "./Panel";
import css from "./RulePage.module.css";

/** Matched shows what a rule has found: its latest alerts, and the way to its events. */
export function Matched({ rule }: { rule: RuleDetail }) {
  const alerts = useRuleAlerts(rule.id);
  const events = `/events?${new URLSearchParams({ q: `penstock.rules: ${literal(rule.id)}`, from: "now-30d" })}`;
  return (
    <Panel
      title="What it matched"
      actions={(
        <Group gap="md">
          <Anchor component={Link} underline="always" to={events} size="xs">Events</Anchor>
          <Anchor component={Link} underline="always" to={`/alerts?${new URLSearchParams({ rule: rule.id })}`} size="xs">Open alerts</Anchor>
        </Group>
      )}
    >
      <Text size="sm" mb={alerts.data?.alerts.length ? 8 : 0}>{count(rule.fired.count)} {rule.fired.count === 1 ? "time" : "times"} in 30 days{rule.fired.last && <>, last <Time at={rule.fired.last} /></>}.</Text>
      {alerts.isPending && <Loading what="alerts" />}
      {alerts.isError && !alerts.data && <Failure error={alerts.error} retry={() => void alerts.refetch()} />}
      {alerts.data?.alerts.map((a) => (
        <div key={a.id} className={css.entry}>
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <Level level={a.band} />
            <div style={{ minWidth: 0, flex: 1 }}>
              <Anchor component={Link} to={`/alerts/${a.id}`} size="sm">{visible(a.title)}</Anchor>
              <Text size="xs" c="dimmed" component="div" style={{ overflowWrap: "anywhere" }}>{visible([...a.hosts, ...a.users].slice(0, 4).join(", "))} · {count(a.occurrences)} {a.occurrences === 1 ? "occurrence" : "occurrences"} · <Time at={a.last} /></Text>
            </div>
            <Badge color={statusColour[a.status]} variant="light" tt="none" miw="max-content">{outcome(a)}</Badge>
          </Group>
        </div>
      ))}
    </Panel>
  );
}
