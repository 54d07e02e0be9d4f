import { Alert, Anchor, Badge, Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { answer, api } from "../../api/client";
import type { RuleExplanation } from "../../api/client";
import { summary, visible } from "../../events/document";
import { useEvent } from "../../events/queries";
import { eventParams } from "../../jobs/Matches";
import { Level } from "../../shared/Level";
import { Failure, Loading } from "../../shared/states";
import { Time } from "../../shared/Time";
import { YamlView } from "../editor/YamlView";
import { Panel } from "../one/Panel";
import { useRule } from "../queries";
import { rulePath } from "../view";
import { ConditionTree } from "./ConditionTree";
import css from "./Explain.module.css";

/** ExplainPage says why a rule matches an event, or does not. Both are in its address. */
export function ExplainPage() {
  const id = useParams().id ?? "";
  const [params, setParams] = useSearchParams();
  const event = params.get("event") ?? "";
  const rule = useRule(id);
  const [line, setLine] = useState<number>();
  useDocumentTitle(`Explain ${rule.data?.title ?? "a rule"} · Penstock`);
  return (
    <Stack gap="md">
      <div>
        <Anchor component={Link} underline="always" to={rulePath(id)} size="sm">← The rule</Anchor>
        <Group gap="sm" mt={4}><Title order={1}>{event ? "Why does it match, or why not?" : "Try it on an event"}</Title></Group>
        <Text size="sm" c="dimmed">{visible(rule.data?.title ?? id)}</Text>
      </div>
      <Choose key={event} event={event} onChoose={(e) => setParams(e ? { event: e } : {})} />
      {event && (
        <div className={css.columns}>
          <Stack gap="md" miw={0}>
            <Explanation rule={id} event={event} onLine={setLine} />
            <NearMisses event={event} />
          </Stack>
          <Stack gap="md" miw={0}>
            <Subject event={event} />
            {rule.data && <Panel title="YAML"><YamlView text={rule.data.text} label="YAML of the rule" line={line} /></Panel>}
          </Stack>
        </div>
      )}
      {!event && rule.isError && <Failure error={rule.error} retry={() => void rule.refetch()} />}
    </Stack>
  );
}

const identity = /^[0-9a-f]{32}$/;

function Choose({ event, onChoose }: { event: string; onChoose: (event: string) => void }) {
  const [text, setText] = useState(event);
  const [tried, setTried] = useState(false);
  const id = text.trim().toLowerCase();
  return (
    <Group
      component="form" gap="xs" align="flex-start"
      onSubmit={(e) => {
        e.preventDefault();
        setTried(true);
        if (identity.test(id)) onChoose(id);
      }}
    >
      <TextInput
        label="Event" w={420} maw="100%" placeholder="Id of a stored event" maxLength={64} classNames={{ input: "mono" }} value={text} onChange={(e) => setText(e.currentTarget.value)}
        description="Its id: in the detail of an event, under its time." error={tried && !identity.test(id) ? "An id has 32 characters, 0 to 9 and a to f." : undefined}
      />
      <Button type="submit" variant="default" mt={39}>Explain</Button>
    </Group>
  );
}

function Explanation({ rule, event, onLine }: { rule: string; event: string; onLine: (line: number) => void }) {
  const explanation = useQuery({
    queryKey: ["rules", "explain", rule, event],
    queryFn: ({ signal }) => answer(api.POST("/api/v1/rules/{id}/explain", { params: { path: { id: rule } }, body: { event }, signal })),
  });
  if (explanation.isPending) return <Panel title="Condition"><Loading what="explanation" /></Panel>;
  if (!explanation.data) return <Panel title="Condition"><Failure error={explanation.error} retry={() => void explanation.refetch()} /></Panel>;
  return <Explained explanation={explanation.data} onLine={onLine} />;
}

function Explained({ explanation, onLine }: { explanation: RuleExplanation; onLine: (line: number) => void }) {
  return (
    <Panel title="Condition" actions={<Badge color={explanation.matches ? "green" : "gray"} variant="light" tt="none">{explanation.matches ? "it matches" : "it does not match"}</Badge>}>
      <Stack gap="md">
        {!explanation.enabled && <Text size="sm" c="dimmed">The rule is disabled: no event is tried on it as it comes.</Text>}
        {explanation.reason && <Alert color="yellow" py={6}>{visible(explanation.reason)}</Alert>}
        {explanation.streams.map((s) => (
          <div key={s.stream}>
            <Group gap="xs" mb={4}>
              <Text size="sm" fw={600}>As one of <span className="mono">{s.stream}</span></Text>
              {s.outside ? <Text size="sm" c="dimmed">{visible(s.outside)}</Text> : <Badge size="sm" color={s.matches ? "green" : "gray"} variant="light" tt="none">{s.matches ? "matches" : "does not match"}</Badge>}
            </Group>
            <ConditionTree verdict={s.condition} onLine={onLine} />
          </div>
        ))}
      </Stack>
    </Panel>
  );
}

function Subject({ event }: { event: string }) {
  const found = useEvent(event);
  if (found.isPending) return <Panel title="Event"><Loading what="event" /></Panel>;
  if (!found.data) return <Panel title="Event"><Failure error={found.error} retry={() => void found.refetch()} /></Panel>;
  return (
    <Panel title="Event" actions={<Anchor component={Link} underline="always" to={`/events?${eventParams({ event, time: found.data.time })}`} size="xs">Show it</Anchor>}>
      <Group gap="sm" mb={6}><Time at={found.data.time} /><Text size="sm" fw={600}>{found.data.table}</Text></Group>
      <dl className={css.facts}>
        {summary(found.data.document).map((f) => <div key={f.name} style={{ display: "contents" }}><dt>{f.name}</dt><dd>{f.values.map((v) => visible(v).slice(0, 500)).join(", ")}</dd></div>)}
      </dl>
    </Panel>
  );
}

/** NearMisses are the rules that an event would have matched but for one test. */
function NearMisses({ event }: { event: string }) {
  const misses = useQuery({ queryKey: ["near misses", event], queryFn: ({ signal }) => answer(api.GET("/api/v1/events/{id}/near-misses", { params: { path: { id: event } }, signal })) });
  return (
    <Panel title="Rules that missed this event by one test">
      {misses.isPending && <Loading what="near misses" />}
      {misses.isError && !misses.data && <Failure error={misses.error} retry={() => void misses.refetch()} />}
      {misses.data?.rules.length === 0 && <Text size="sm" c="dimmed">None of the enabled rules came so close.</Text>}
      {misses.data?.rules.map((m) => (
        <div key={m.rule.id} className={css.miss}>
          <Group gap="xs" wrap="nowrap" align="flex-start">
            <Level level={m.rule.level} />
            <Anchor component={Link} to={`${rulePath(m.rule.id, "/explain")}?${new URLSearchParams({ event })}`} size="sm">{visible(m.rule.title || m.rule.id)}</Anchor>
          </Group>
          <Text size="xs" c="dimmed" mt={2}>{m.tests.length === 1 ? "For want of" : "For want of one of"}</Text>
          {m.tests.slice(0, 5).map((t) => <div key={t} className={css.test}>{visible(t)}</div>)}
          {m.tests.length > 5 && <Text size="xs" c="dimmed">and {m.tests.length - 5} more</Text>}
        </div>
      ))}
    </Panel>
  );
}
