import { Badge, Stack, Text } from "@mantine/core";
import type { RuleDetail } from "../../api/client";
import { visible } from "../../events/document";
import { Time } from "../../shared/Time";
import { Fitness } from "../Fitness";
import { Panel } from "./Panel";
import css from "./RulePage.module.css";

const appliesWords: Record<string, string> = { yes: "Defender's data can answer everything that it asks for.", partly: "Defender's data cannot answer a part of what it asks for.", no: "It cannot match any event of Defender's." };
const gradeWords: Record<string, string> = {
  live: "All that it needs arrives here.", partial: "A part of what it needs never arrives here.", blind: "What it cannot do without does not arrive here.", dead: "It can never match.",
  unknown: "Too little has arrived here to tell.",
};
const answered: Record<string, [string, string]> = { yes: ["green", "yes"], partly: ["yellow", "in part"], no: ["red", "no"] };

/** Needs tells whether a rule can match at all, and what it needs for that. */
export function Needs({ rule }: { rule: RuleDetail }) {
  return (
    <Panel title="Can it match?" actions={<Fitness grade={rule.fitness.grade} />}>
      <Stack gap="sm">
        <div>
          <Text size="sm">{gradeWords[rule.fitness.grade]}{rule.fitness.since && <> So since <Time at={rule.fitness.since} />.</>}</Text>
          <Items list={rule.fitness.blocking} />
        </div>
        <div>
          <Text size="sm">{appliesWords[rule.applies] ?? rule.applies}{rule.streams.length > 0 && <> It is tried on <span className="mono">{rule.streams.join(", ")}</span>.</>}</Text>
          <Items list={rule.obstacles} />
        </div>
        {rule.needs.length > 0 && (
          <table className={css.needs} aria-label="Fields that it needs">
            <thead><tr><th>Field</th><th>There</th><th>Read from</th></tr></thead>
            <tbody>
              {rule.needs.map((n) => (
                <tr key={n.field}>
                  <td className="mono">{visible(n.field)}</td>
                  <td><Badge color={answered[n.applies]?.[0] ?? "gray"} variant="light" tt="none" miw="max-content">{answered[n.applies]?.[1] ?? n.applies}</Badge></td>
                  <td><span className="mono">{n.columns.join(", ")}</span>{n.note && <Text size="xs" c="dimmed">{visible(n.note)}</Text>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Stack>
    </Panel>
  );
}

/** Items is a list of sentences. */
export function Items({ list }: { list: string[] }) {
  if (list.length === 0) return null;
  return <ul className={css.items}>{list.map((t) => <li key={t}><Text size="sm">{visible(t)}</Text></li>)}</ul>;
}
