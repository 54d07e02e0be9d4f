import { ActionIcon, Alert, Autocomplete, Button, Group, SegmentedControl, Select, Stack, TagsInput, Text, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useMay } from "../../access/session";
import type { CheckedException, RuleDetail } from "../../api/client";
import { faultOf } from "../../api/problem";
import { visible } from "../../events/document";
import { lastDays } from "../../jobs/hunt";
import { JobState } from "../../jobs/JobState";
import { Preview } from "../../jobs/Preview";
import { useJob, useStartJob } from "../../jobs/queries";
import { one } from "../../shared/address";
import { useLogsourceFields } from "../editor/queries";
import { prefilled, toggledIn } from "./candidates";
import { emptyDraft, emptyWhere, exceptionOf, missingOf, opName, ops, termName, terms } from "./exception";
import type { Draft, Where } from "./exception";
import { Ticks } from "./Ticks";
import type { Found } from "./Ticks";
import { useAddException, useExceptionCheck } from "./queries";
import css from "./RulePage.module.css";

/** ExceptionForm makes an exception: what is doubtful about it is said while it is written, and what it would have hidden before it is kept. */
export function ExceptionForm({ rule, onDone, from }: { rule: RuleDetail; onDone: () => void; from?: Found }) {
  const [draft, setDraft] = useState<Draft>(() => ({ ...emptyDraft, where: from ? filled(prefilled(from.candidates, from.events)) : [{ ...emptyWhere, field: rule.needs[0]?.field ?? "" }] }));
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const [opened] = useState(() => new Date());
  const [settled] = useDebouncedValue(draft, 350);
  const wanted = useMemo(() => exceptionOf(settled, opened), [settled, opened]);
  const check = useExceptionCheck(rule.id, wanted);
  const add = useAddException(rule.id);
  const run = useMay("jobs.run");
  const change = (part: Partial<Draft>) => setDraft((old) => ({ ...old, ...part }));
  const submit = () => {
    setTried(true);
    const exception = exceptionOf(draft, new Date());
    if (exception && reason.trim()) add.mutate({ ...exception, reason: reason.trim() }, { onSuccess: onDone });
  };
  const error = add.error ?? (wanted ? check.error : null);
  return (
    // What is left to fill in is said in words of the page's own.
    <form
      noValidate aria-label="New exception"
      onSubmit={(e) => {
        e.preventDefault();
        submit();
      }}
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">Events that are so are no match of this rule; of other rules they still are.</Text>
        {from && !draft.asText && <Ticks found={from} where={draft.where} onToggle={(c) => change({ where: filled(toggledIn(draft.where, c)) })} />}
        <SegmentedControl
          size="xs" aria-label="How it is written" value={draft.asText ? "text" : "fields"} onChange={(v) => change({ asText: v === "text" })} style={{ alignSelf: "flex-start" }}
          data={[{ value: "fields", label: "Fields" }, { value: "text", label: "Sigma" }]}
        />
        {draft.asText
          ? <Textarea label="Detection" description="The section detection of a Sigma rule: what fulfils it is hidden." autosize minRows={4} maxRows={16} maxLength={65_536} value={draft.text} onChange={(e) => change({ text: e.currentTarget.value })} classNames={{ input: "mono" }} spellCheck={false} error={faultOf(error, "text")} />
          : <Fields rule={rule} where={draft.where} onChange={(where) => change({ where })} complain={tried} />}
        <Group gap="sm" align="flex-start" grow>
          <Select label="Holds" w={160} value={draft.term} allowDeselect={false} data={terms.map((t) => ({ value: t, label: termName[t] }))} onChange={(t) => change({ term: terms.find((k) => k === t) ?? "90" })} error={faultOf(error, "expires")} />
          <TextInput label="Why" required maxLength={1024} value={reason} onChange={(e) => setReason(e.currentTarget.value)} error={tried && !reason.trim() ? "Say why: it is shown with the exception." : faultOf(error, "reason")} />
        </Group>
        {tried && !exceptionOf(draft, opened) && <Text size="sm" c="red" role="alert">Say what the rule is not to see: a field, and at least one value.</Text>}
        {error && !["text", "expires", "reason"].some((f) => faultOf(error, f)) && <Alert color="red" py={6}>{error.message}</Alert>}
        {wanted && check.data && <Checked checked={check.data} />}
        {run && wanted && check.data && <Hidden key={check.data.text} rule={rule.id} text={check.data.text} />}
        <Group gap="xs">
          <Button type="submit" size="xs" loading={add.isPending}>Make the exception</Button>
          <Button size="xs" variant="default" onClick={onDone}>Leave it</Button>
        </Group>
      </Stack>
    </form>
  );
}

/** filled leaves a row to write into where there is none. */
const filled = (where: Where[]) => (where.length > 0 ? where : [emptyWhere]);

function Fields({ rule, where, onChange, complain }: { rule: RuleDetail; where: Where[]; onChange: (where: Where[]) => void; complain: boolean }) {
  const fields = useLogsourceFields(rule.logsource);
  const names = [...new Set([...rule.needs.map((n) => n.field), ...(fields.data ?? []).filter((f) => f.applies !== "no").map((f) => f.name)])];
  const set = (i: number, part: Partial<Where>) => onChange(where.map((w, k) => (k === i ? { ...w, ...part } : w)));
  return (
    <Stack gap={8} role="group" aria-label="Fields, all of which must be so">
      {where.map((w, i) => {
        const missing = complain ? missingOf(w) : {};
        return (
          // Rows have no identity but their place.
          <div key={i} className={css.where}>
            <Autocomplete aria-label={`Field ${i + 1}`} placeholder="Field" maxLength={256} limit={80} value={w.field} onChange={(field) => set(i, { field })} data={names} error={missing.field} />
            <Select aria-label={`Comparison ${i + 1}`} value={w.op} allowDeselect={false} data={ops.map((o) => ({ value: o, label: opName[o] }))} onChange={(op) => set(i, { op: one(new URLSearchParams({ op: op ?? "" }), "op", ops, "is") })} />
            <TagsInput aria-label={`Values ${i + 1}`} placeholder={w.values.length === 0 ? "Value, then Enter" : ""} maxTags={100} splitChars={[]} acceptValueOnBlur value={w.values} onChange={(values) => set(i, { values })} error={missing.values} />
            <ActionIcon variant="subtle" color="gray" mt={4} disabled={where.length === 1} aria-label={`Remove field ${i + 1}`} onClick={() => onChange(where.filter((_, k) => k !== i))}><IconTrash size={15} /></ActionIcon>
          </div>
        );
      })}
      <Button size="compact-xs" variant="subtle" style={{ alignSelf: "flex-start" }} disabled={where.length >= 20} onClick={() => onChange([...where, emptyWhere])}>And another field</Button>
    </Stack>
  );
}

/** Checked shows how an exception would be kept, and what is doubtful about it. */
function Checked({ checked }: { checked: CheckedException }) {
  return (
    <>
      {checked.warnings.length > 0 && (
        <Alert color="yellow" py={6} title="To be thought over">
          <ul className={css.items}>{checked.warnings.map((w) => <li key={w}>{visible(w)}</li>)}</ul>
        </Alert>
      )}
      <pre className={css.code} aria-label="As it would be kept">{visible(checked.text)}</pre>
    </>
  );
}

/** Hidden tries an exception on what the rule has found in 30 days. */
function Hidden({ rule, text }: { rule: string; text: string }) {
  const start = useStartJob();
  const job = useJob(start.data?.id);
  if (!start.data) {
    return (
      <div>
        <Button
          size="xs" variant="light" loading={start.isPending}
          onClick={() => start.mutate({ kind: "exception", rules: [rule], files: [{ role: "exception", name: "exception.yml", text }], ...lastDays(30, new Date()) })}
        >
          What would it have hidden in 30 days?
        </Button>
        {start.error && <Text size="sm" c="red" mt={4} role="alert">{start.error.message}</Text>}
      </div>
    );
  }
  return (
    <div role="status" aria-label="What it would have hidden">
      {job.data && job.data.state !== "done" && <Group gap="xs"><Text size="sm">Going through 30 days…</Text><JobState job={job.data} />{job.data.error && <Text size="sm" c="red">{visible(job.data.error)}</Text>}</Group>}
      {job.data?.state === "done" && <Preview job={job.data} />}
    </div>
  );
}
