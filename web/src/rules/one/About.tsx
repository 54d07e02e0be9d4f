import { Anchor, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import type { RuleDetail } from "../../api/client";
import { visible } from "../../events/document";
import { rulePath } from "../view";
import { Items } from "./Needs";
import { Panel } from "./Panel";
import css from "./RulePage.module.css";

/** About is what a rule says of itself. */
export function About({ rule }: { rule: RuleDetail }) {
  const logsource = [rule.logsource.product, rule.logsource.category, rule.logsource.service].filter(Boolean).join(" / ");
  const facts: [string, string | undefined][] = [
    ["Logsource", logsource], ["Pack", rule.pack], ["File", rule.path], ["Author", rule.author && visible(rule.author)], ["Licence", rule.license], ["Written", rule.date], ["Modified", rule.modified],
    ["Its own level", rule.ownLevel],
  ];
  return (
    <Panel title="About">
      <Stack gap="sm">
        {rule.description && <Text size="sm" style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>{visible(rule.description)}</Text>}
        {rule.attack.length > 0 && (
          <Part title="ATT&CK">
            {rule.attack.map((t) => <Text key={t.id} size="sm"><Anchor component={Link} underline="always" to={`/rules?${new URLSearchParams({ technique: t.id })}`} size="sm">{t.id}</Anchor> {t.name}</Text>)}
          </Part>
        )}
        {rule.falsePositives.length > 0 && <Part title="Looks the same, and is harmless"><Items list={rule.falsePositives} /></Part>}
        <Others title="Counts the rules" list={rule.refersTo} />
        <Others title="Counted by" list={rule.correlated} />
        <dl className={css.facts}>{facts.map(([name, value]) => value && <div key={name} style={{ display: "contents" }}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
        {rule.references.filter((r) => /^https?:\/\//.test(r)).map((r) => <Anchor key={r} href={r} underline="always" target="_blank" rel="noreferrer noopener" size="xs" style={{ overflowWrap: "anywhere" }}>{visible(r)}</Anchor>)}
      </Stack>
    </Panel>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return <div><Text size="xs" fw={600} c="dimmed">{title}</Text>{children}</div>;
}

function Others({ title, list }: { title: string; list: RuleDetail["refersTo"] }) {
  if (list.length === 0) return null;
  return <Part title={title}>{list.map((r) => <div key={r.id}><Anchor component={Link} to={rulePath(r.id)} size="sm">{visible(r.title || r.id)}</Anchor></div>)}</Part>;
}
