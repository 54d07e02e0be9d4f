import { Alert, Anchor, Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue, useDocumentTitle } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMemo, useRef, useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import type { RuleDetail, RuleProblem } from "../../api/client";
import { Problem } from "../../api/problem";
import { visible } from "../../events/document";
import { useFields } from "../../events/queries";
import { Empty, Failure, Loading } from "../../shared/states";
import { useLeaveGuard } from "../../shared/useLeaveGuard";
import { useCoverage, useRule } from "../queries";
import { rulePath } from "../view";
import { Findings } from "./Findings";
import { useLogsourceFields, useLogsources, useRuleCheck, useSaveRule } from "./queries";
import { copyOf, logsourceOf, template } from "./sigma";
import type { Vocabulary } from "./sigma";
import { TestRun } from "./TestRun";
import { YamlEditor } from "./YamlEditor";
import type { YamlHandle } from "./YamlEditor";
import css from "./EditorPage.module.css";

/** EditorPage writes a rule: a new one, one after the model of another (?from=…), or one that was written here. */
export function EditorPage() {
  const { id } = useParams();
  const [params] = useSearchParams();
  const model = id ?? params.get("from") ?? undefined;
  if (model === undefined) return <Editor initial={template(crypto.randomUUID(), new Date().toISOString().slice(0, 10))} />;
  return <Loaded key={`${id ?? ""} ${model}`} id={model} own={id !== undefined} />;
}

function Loaded({ id, own }: { id: string; own: boolean }) {
  const rule = useRule(id);
  const [first, setFirst] = useState<RuleDetail>();
  // What is edited is the text as it was when the page opened; a change by somebody else is told when it is saved.
  if (rule.data && !first) setFirst(rule.data);
  if (!first) return rule.isPending ? <Loading what="rule" /> : <Failure error={rule.error ?? new Error("The rule is gone.")} retry={() => void rule.refetch()} />;
  if (own && !first.custom) {
    return (
      <Empty title="This rule comes with a pack">
        Its text cannot be changed here. <Anchor component={Link} underline="always" to={`/rules/new?${new URLSearchParams({ from: id })}`}>Copy it as a rule of your own</Anchor>, or go <Anchor component={Link} underline="always" to={rulePath(id)}>back to it</Anchor>.
      </Empty>
    );
  }
  return own ? <Editor initial={first.text} of={first} /> : <Editor initial={copyOf(first.text, crypto.randomUUID())} model={first} />;
}

function Editor({ initial, of, model }: { initial: string; of?: RuleDetail; model?: RuleDetail }) {
  const [text, setText] = useState(initial);
  const [settled] = useDebouncedValue(text, 300);
  const check = useRuleCheck(settled);
  const save = useSaveRule();
  const navigate = useNavigate();
  const editor = useRef<YamlHandle>(null);
  const [reason, setReason] = useState("");
  const dirty = text !== initial;
  useDocumentTitle(`${of ? `Edit ${of.title}` : "New rule"} · Penstock`);
  const guard = useLeaveGuard(dirty, "The rule");
  const vocabulary = useVocabulary(settled);
  const refused = save.error instanceof Problem ? save.error.rule : undefined;
  const problems = useMemo<RuleProblem[]>(() => (check.data && settled === text ? check.data.problems : []), [check.data, settled, text]);
  const keep = (enable: boolean) =>
    save.mutate({ text, reason, of, enable }, {
      onSuccess: (rule) => {
        guard.release();
        notifications.show({ message: `“${visible(rule.title)}” was saved${rule.enabled ? " and is enabled" : "; it is disabled"}.` });
        void navigate(rulePath(rule.id));
      },
    });
  const valid = check.data?.valid === true && settled === text;
  return (
    <Stack gap="md">
      <div>
        <Anchor component={Link} underline="always" to={of ? rulePath(of.id) : "/rules"} size="sm">← {of ? "The rule" : "All rules"}</Anchor>
        <Title order={1} mt={4}>{of ? `Edit “${visible(of.title)}”` : "New rule"}</Title>
        <Text size="sm" c="dimmed">{model ? <>After the model of “{visible(model.title)}”.</> : "Sigma, in YAML. Ctrl+Space shows what may stand at a place."}</Text>
      </div>
      <div className={css.columns}>
        <Stack gap="sm" miw={0}>
          <YamlEditor ref={editor} initial={initial} label="Rule in YAML" problems={problems} vocabulary={vocabulary} onChange={setText} />
          {save.error && <Alert color="red" py={8} title={refused?.length ? "The rule is not taken" : "It was not saved"}>{save.error.message}{save.error instanceof Problem && save.error.hint ? ` ${save.error.hint}` : ""}</Alert>}
          <Group gap="xs" align="flex-end">
            <TextInput flex={1} miw={200} label="Why" placeholder="For the history" maxLength={1024} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
            <Button variant="default" disabled={!valid || !(dirty || !of)} loading={save.isPending} onClick={() => keep(false)}>Save</Button>
            {!of?.enabled && <Button disabled={!valid} loading={save.isPending} onClick={() => keep(true)}>Save and enable</Button>}
          </Group>
        </Stack>
        <Stack gap="md" miw={0}>
          <Findings checked={check.data} current={settled === text && !check.isPlaceholderData} error={check.error} onGo={(line) => editor.current?.goTo(line)} />
          <TestRun text={text} valid={valid} />
        </Stack>
      </div>
      {guard.dialogue}
    </Stack>
  );
}

/** useVocabulary is what may stand in a rule, as far as it is known by now. */
function useVocabulary(text: string): Vocabulary {
  const logsources = useLogsources();
  const said = logsourceOf(text);
  const fields = useLogsourceFields(said);
  const ecs = useFields();
  const attack = useCoverage({});
  return useMemo(() => ({
    logsources: logsources.data ?? [], fields: fields.data ?? [], ecs: (ecs.data ?? []).map((f) => f.name),
    tags: attack.data ? [...attack.data.tactics.map((t) => `attack.${t.key}`), ...attack.data.techniques.map((t) => `attack.${t.id.toLowerCase()}`)] : [],
  }), [logsources.data, fields.data, ecs.data, attack.data]);
}
