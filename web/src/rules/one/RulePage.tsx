import { Alert, Anchor, Badge, Button, Group, Stack, Switch, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconFlask, IconHelpCircle, IconPencil } from "@tabler/icons-react";
import { Link, Navigate, useNavigate, useParams, useSearchParams } from "react-router";
import { useMay } from "../../access/session";
import type { RuleDetail } from "../../api/client";
import { visible } from "../../events/document";
import { lastDays } from "../../jobs/hunt";
import { useStartJob } from "../../jobs/queries";
import { failed } from "../../shared/failed";
import { Level } from "../../shared/Level";
import { Failure, Loading } from "../../shared/states";
import { Time } from "../../shared/Time";
import { Fitness } from "../Fitness";
import { useRule, useRuleSwitch } from "../queries";
import { rulePath } from "../view";
import { YamlView } from "../editor/YamlView";
import { About } from "./About";
import { Activity } from "./Activity";
import { Decisions } from "./Decisions";
import { DeleteRule } from "./DeleteRule";
import { Exceptions } from "./Exceptions";
import { History } from "./History";
import { Matched } from "./Matched";
import { Needs } from "./Needs";
import { Panel } from "./Panel";
import css from "./RulePage.module.css";

/** RulePage shows one rule, and takes what is decided about it; ?event=… leads to why it matched that event, or did not. */
export function RulePage() {
  const id = useParams().id ?? "";
  const [params] = useSearchParams();
  const event = params.get("event");
  return event ? <Navigate to={`${rulePath(id, "/explain")}?${new URLSearchParams({ event })}`} replace /> : <Shown id={id} />;
}

function Shown({ id }: { id: string }) {
  const rule = useRule(id);
  useDocumentTitle(`${rule.data?.title ?? "Rule"} · Penstock`);
  if (rule.isPending) return <Loading what="rule" />;
  if (!rule.data) return <Failure error={rule.error} retry={() => void rule.refetch()} />;
  return (
    <Stack gap="md" key={id}>
      <Head rule={rule.data} />
      <div className={css.columns}>
        <Stack gap="md" miw={0}>
          <Needs rule={rule.data} />
          <Activity id={id} />
          <Matched rule={rule.data} />
          <Exceptions rule={rule.data} />
          <Panel title="YAML"><YamlView text={rule.data.text} label="YAML of the rule" /></Panel>
        </Stack>
        <Stack gap="md" miw={0}>
          <About rule={rule.data} />
          <Decisions key={rule.data.settingsVersion} rule={rule.data} />
          <History id={id} />
        </Stack>
      </div>
    </Stack>
  );
}

function Head({ rule }: { rule: RuleDetail }) {
  const turn = useRuleSwitch();
  const write = useMay("rules.write");
  return (
    <Stack gap="xs">
      <Anchor component={Link} underline="always" to="/rules" size="sm">← All rules</Anchor>
      <Group gap="sm" align="center">
        <Title order={1}>{visible(rule.title)}</Title>
        <Level level={rule.level} />
        {rule.kind !== "rule" && <Badge variant="light" color="gray" tt="none">{rule.kind}</Badge>}
        {rule.status && <Badge variant="light" color="gray" tt="none">{rule.status}</Badge>}
        {rule.effort && <Badge variant="light" color="gray" tt="none">{rule.effort}</Badge>}
        <Fitness grade={rule.fitness.grade} />
        {rule.fired.noisy && <Badge color="yellow" variant="light" tt="none">noisy: throttled</Badge>}
      </Group>
      <Text size="xs" c="dimmed" className="mono" style={{ overflowWrap: "anywhere" }}>{rule.id}</Text>
      <Group gap="md">
        {write ? <Switch
          label={rule.enabled ? "Enabled" : "Disabled"} checked={rule.enabled} disabled={turn.isPending || rule.removed !== undefined}
          onChange={(e) => turn.mutate({ id: rule.id, version: rule.settingsVersion, enabled: e.currentTarget.checked })}
        /> : <Badge color={rule.enabled ? "green" : "gray"} variant="light" tt="none">{rule.enabled ? "enabled" : "disabled"}</Badge>}
        {rule.byPolicy && <Text size="xs" c="dimmed">as the policy of its pack says</Text>}
        <Actions rule={rule} />
      </Group>
      {rule.removed && <Alert color="yellow" py={6}>Its pack does not have it any more since <Time at={rule.removed} />.</Alert>}
      {rule.problem && <Alert color="red" py={6} title="It is left out though it is enabled">{visible(rule.problem)}</Alert>}
    </Stack>
  );
}

function Actions({ rule }: { rule: RuleDetail }) {
  const start = useStartJob();
  const write = useMay("rules.write");
  const run = useMay("jobs.run");
  const navigate = useNavigate();
  return (
    <Group gap="xs">
      {run && rule.kind !== "filter" && (
        <Button
          size="xs" variant="default" leftSection={<IconFlask size={14} />} loading={start.isPending}
          onClick={() => start.mutate({ kind: "test", rules: [rule.id], ...lastDays(7, new Date()) }, { onSuccess: (job) => void navigate(`/jobs/${job.id}`), onError: failed })}
        >
          Test on 7 days
        </Button>
      )}
      {rule.kind === "rule" && <Button size="xs" variant="default" component={Link} to={rulePath(rule.id, "/explain")} leftSection={<IconHelpCircle size={14} />}>Explain</Button>}
      {write && (rule.custom
        ? <Button size="xs" variant="default" component={Link} to={rulePath(rule.id, "/edit")} leftSection={<IconPencil size={14} />}>Edit</Button>
        : <Button size="xs" variant="default" component={Link} to={`/rules/new?${new URLSearchParams({ from: rule.id })}`} leftSection={<IconPencil size={14} />}>Copy as a rule of your own</Button>)}
      {write && rule.custom && <DeleteRule rule={rule} />}
    </Group>
  );
}
