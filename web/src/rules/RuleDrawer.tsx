import { Alert, Anchor, Badge, Button, CopyButton, Drawer, Group, Stack, Switch, Tabs, Text } from "@mantine/core";
import { Link } from "react-router";
import type { RuleDetail } from "../api/client";
import { visible } from "../events/document";
import { Level } from "../shared/Level";
import { Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { count } from "../time/format";
import { Fitness } from "./Fitness";
import { useEndException, useRule, useRuleHistory, useRuleSwitch } from "./queries";
import css from "./RulesPage.module.css";

/** RuleDrawer shows one rule beside the list. */
export function RuleDrawer({ id, onOpen, onClose }: { id: string; onOpen: (id: string) => void; onClose: () => void }) {
  const rule = useRule(id);
  return (
    <Drawer
      opened onClose={onClose} position="right" size="min(760px, 100vw)" withOverlay={false} lockScroll={false} shadow="xl"
      title={<Text fw={620}>{visible(rule.data?.title ?? "Rule")}</Text>} closeButtonProps={{ "aria-label": "Close the rule" }} transitionProps={{ duration: 120 }}
    >
      {rule.isPending && <Loading what="rule" />}
      {rule.isError && !rule.data && <Failure error={rule.error} retry={() => void rule.refetch()} />}
      {rule.data && (
        <Stack gap="sm">
          <Head rule={rule.data} />
          <Tabs defaultValue="about" keepMounted={false}>
            <Tabs.List mb="sm">
              <Tabs.Tab value="about">About</Tabs.Tab>
              <Tabs.Tab value="yaml">YAML</Tabs.Tab>
              <Tabs.Tab value="exceptions">Exceptions{rule.data.exceptions > 0 ? ` (${rule.data.exceptions})` : ""}</Tabs.Tab>
              <Tabs.Tab value="history">History</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="about"><About rule={rule.data} onOpen={onOpen} /></Tabs.Panel>
            <Tabs.Panel value="yaml"><Yaml text={rule.data.text} /></Tabs.Panel>
            <Tabs.Panel value="exceptions"><Exceptions rule={rule.data} /></Tabs.Panel>
            <Tabs.Panel value="history"><History id={id} /></Tabs.Panel>
          </Tabs>
        </Stack>
      )}
    </Drawer>
  );
}

function Head({ rule }: { rule: RuleDetail }) {
  const turn = useRuleSwitch();
  return (
    <Stack gap={8}>
      <Group gap="sm">
        <Switch
          label={rule.enabled ? "Enabled" : "Disabled"} checked={rule.enabled} disabled={turn.isPending}
          onChange={(e) => turn.mutate({ id: rule.id, version: rule.settingsVersion, enabled: e.currentTarget.checked })}
        />
        {rule.byPolicy && <Text size="xs" c="dimmed">as the policy of its pack says</Text>}
        <Level level={rule.level} />
        {rule.status && <Badge variant="light" color="gray" tt="none">{rule.status}</Badge>}
        {rule.effort && <Badge variant="light" color="gray" tt="none">{rule.effort}</Badge>}
        <Fitness grade={rule.fitness.grade} />
        {rule.fired.noisy && <Badge color="yellow" variant="light" tt="none">noisy</Badge>}
      </Group>
      <Text size="xs" c="dimmed" className="mono">{rule.id}</Text>
      {rule.problem && <Alert color="red" py={6}>{visible(rule.problem)}</Alert>}
    </Stack>
  );
}

const appliesWords: Record<string, string> = { yes: "Everything that it asks for can be answered.", partly: "A part of what it asks for cannot be answered.", no: "It cannot match any event of Defender's." };

function About({ rule, onOpen }: { rule: RuleDetail; onOpen: (id: string) => void }) {
  return (
    <Stack gap="sm" fz="sm">
      {rule.description && <Text size="sm" style={{ whiteSpace: "pre-line" }}>{visible(rule.description)}</Text>}
      <Part title="Can it match?">
        <Text size="sm">{appliesWords[rule.applies] ?? rule.applies}{rule.streams.length > 0 && ` It is tried on ${rule.streams.join(", ")}.`}</Text>
        <Items list={rule.obstacles} />
        {rule.fitness.blocking.length > 0 && <Text size="sm" mt={4}>In what has arrived here{rule.fitness.since && <> since <Time at={rule.fitness.since} /></>}:</Text>}
        <Items list={rule.fitness.blocking} />
      </Part>
      <Part title="Fired">
        <Text size="sm">{count(rule.fired.count)} times in 30 days{rule.fired.last && <>, last <Time at={rule.fired.last} /></>}. <Anchor component={Link} underline="always" to={`/alerts?${new URLSearchParams({ rule: rule.id })}`} size="sm">Its open alerts</Anchor></Text>
      </Part>
      {rule.attack.length > 0 && <Part title="ATT&CK"><Items list={rule.attack.map((t) => `${t.id} ${t.name}`)} /></Part>}
      {rule.falsePositives.length > 0 && <Part title="Looks the same"><Items list={rule.falsePositives} /></Part>}
      <Others title="Counts the rules" list={rule.refersTo} onOpen={onOpen} />
      <Others title="Counted by" list={rule.correlated} onOpen={onOpen} />
      {rule.decided.note && <Part title="Note"><Text size="sm" style={{ whiteSpace: "pre-wrap" }}>{visible(rule.decided.note)}</Text></Part>}
      <Text size="xs" c="dimmed">
        {[rule.author && `By ${visible(rule.author)}`, rule.license, `pack ${rule.pack}`, rule.path, rule.modified ?? rule.date].filter(Boolean).join(" · ")}
      </Text>
      {rule.references.filter((r) => /^https?:\/\//.test(r)).map((r) => <Anchor key={r} href={r} underline="always" target="_blank" rel="noreferrer noopener" size="xs" style={{ overflowWrap: "anywhere" }}>{r}</Anchor>)}
    </Stack>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return <div><Text size="xs" fw={600} c="dimmed">{title}</Text>{children}</div>;
}

function Items({ list }: { list: string[] }) {
  if (list.length === 0) return null;
  return <ul style={{ margin: "2px 0", paddingLeft: 18 }}>{list.map((t) => <li key={t} style={{ overflowWrap: "anywhere" }}>{visible(t)}</li>)}</ul>;
}

function Others({ title, list, onOpen }: { title: string; list: RuleDetail["refersTo"]; onOpen: (id: string) => void }) {
  if (list.length === 0) return null;
  return (
    <Part title={title}>
      {list.map((r) => <div key={r.id}><button type="button" className={css.title} onClick={() => onOpen(r.id)}>{visible(r.title || r.id)}</button></div>)}
    </Part>
  );
}

function Yaml({ text }: { text: string }) {
  return (
    <Stack gap="xs">
      <CopyButton value={text}>{({ copied, copy }) => <Button size="compact-sm" variant="default" style={{ alignSelf: "flex-start" }} onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}</CopyButton>
      {/* A long text scrolls by the keyboard too. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={css.yaml} tabIndex={0} aria-label="YAML of the rule">{visible(text)}</pre>
    </Stack>
  );
}

function Exceptions({ rule }: { rule: RuleDetail }) {
  const end = useEndException(rule.id);
  if (rule.allExceptions.length === 0) return <Text size="sm" c="dimmed">The rule sees everything: it has no exceptions.</Text>;
  return (
    <Stack gap="sm">
      {rule.allExceptions.map((x) => (
        <div key={x.id}>
          <Group gap="xs">
            <Badge color={x.holds ? "green" : "gray"} variant="light" tt="none">{x.holds ? "holds" : "over"}</Badge>
            <Text size="sm">{visible(x.reason)}</Text>
            {x.holds && <Button ml="auto" size="compact-xs" variant="default" loading={end.isPending && end.variables === x.id} onClick={() => end.mutate(x.id)}>End it</Button>}
          </Group>
          <Text size="xs" c="dimmed">{visible(x.who)}, <Time at={x.created} />{x.expires ? <>; until <Time at={x.expires} /></> : "; it does not expire"}</Text>
          <pre className={css.yaml}>{visible(x.text)}</pre>
        </div>
      ))}
    </Stack>
  );
}

function History({ id }: { id: string }) {
  const history = useRuleHistory(id);
  if (history.isPending) return <Loading what="history" />;
  if (!history.data) return <Failure error={history.error} retry={() => void history.refetch()} />;
  if (history.data.changes.length === 0) return <Text size="sm" c="dimmed">Nothing was changed yet.</Text>;
  return (
    <Stack gap={6}>
      {history.data.changes.map((c) => (
        <Group key={c.id} gap="xs">
          <Time at={c.time} />
          <Text size="sm">
            <Text span fw={600} size="sm">{visible(c.who || "Penstock")}</Text> {c.what}{(c.old || c.new) && `: ${visible(c.old || "none")} → ${visible(c.new || "none")}`}
            {c.detail && ` (${visible(c.detail)})`}{c.reason && ` — ${visible(c.reason)}`}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}
