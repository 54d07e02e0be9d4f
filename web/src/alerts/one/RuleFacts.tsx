import { Anchor, Group, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { useMay } from "../../access/session";
import type { AlertDetail } from "../../api/client";
import { visible } from "../../events/document";
import { Level } from "../../shared/Level";
import { matrixPath, rulePath, schedulePath } from "../../shared/places";
import { tacticName } from "../words";
import css from "./AlertPage.module.css";

/** RuleFacts lead to the rule that raised an alert, and to what of ATT&CK it is about. */
export function RuleFacts({ alert }: { alert: AlertDetail }) {
  const write = useMay("rules.write");
  const schedule = schedulePath(alert.rule ?? "");
  const links = alert.references.filter((r) => /^https?:\/\//.test(r));
  return (
    <section className="panel" aria-label="Rule">
      <h2>Rule and ATT&CK</h2>
      <Stack gap={10} p="md" fz="sm">
        {schedule && <Group gap={8}><Level level={alert.level} /><Anchor component={Link} underline="always" to={schedule} size="sm">The scheduled hunt</Anchor></Group>}
        {alert.rule && !schedule && (alert.ruleUnknown ? <Text size="sm" c="dimmed">The rule {visible(alert.rule)} is not known any more.</Text> : (
          <div>
            <Group gap={8}>
              <Level level={alert.level} />
              <Anchor component={Link} underline="always" to={rulePath(alert.rule)} size="sm">The rule</Anchor>
              {write && <Anchor component={Link} underline="always" to={`${rulePath(alert.rule)}?${new URLSearchParams({ except: String(alert.id) })}`} size="sm">Make an exception</Anchor>}
              <Anchor component={Link} underline="always" to={`/alerts?${new URLSearchParams({ rule: alert.rule })}`} size="sm">Its open alerts</Anchor>
            </Group>
            {alert.author && <Text size="xs" c="dimmed" mt={3}>by {visible(alert.author)}</Text>}
          </div>
        ))}
        {alert.defender && (
          <dl className={css.details}>
            {Object.entries({ service: alert.defender.service, category: alert.defender.category, severity: alert.defender.severity, "detected by": alert.defender.source, "alert id": alert.defender.alertId }).map(([k, v]) => v && [<dt key={k}>{k}</dt>, <dd key={`${k}=`}>{visible(v)}</dd>])}
          </dl>
        )}
        {alert.attack.length > 0 && (
          <ul className={css.plain} aria-label="Techniques of ATT&CK">
            {alert.attack.map((t) => (
              <li key={t.id}>
                <Anchor component={Link} underline="always" to={matrixPath(t.id)} size="sm" title="In the matrix of the rules">{t.id} {t.name}</Anchor>{" "}
                <Anchor component={Link} to={`/alerts?${new URLSearchParams({ technique: t.id })}`} size="xs" c="dimmed" underline="always" aria-label={`Open alerts of ${t.id}`}>alerts</Anchor>
              </li>
            ))}
          </ul>
        )}
        {alert.tactics.length > 0 && (
          <Text size="xs" c="dimmed">Tactics: {alert.tactics.map((t, i) => <span key={t}>{i > 0 && ", "}<Anchor component={Link} to={`/alerts?${new URLSearchParams({ tactic: t })}`} size="xs" underline="always">{tacticName(t)}</Anchor></span>)}</Text>
        )}
        {!alert.rule && !alert.defender && alert.attack.length === 0 && <Text size="sm" c="dimmed">No rule and no technique is named.</Text>}
        {links.length > 0 && <ul className={css.plain} aria-label="References">{links.map((r) => <li key={r}><Anchor href={r} underline="always" target="_blank" rel="noreferrer noopener" size="xs">{visible(r)}</Anchor></li>)}</ul>}
      </Stack>
    </section>
  );
}
