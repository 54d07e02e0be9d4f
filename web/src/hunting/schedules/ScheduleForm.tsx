import { Alert, Anchor, Button, CloseButton, Group, MultiSelect, NumberInput, SegmentedControl, Select, Stack, Switch, TagsInput, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconFlask, IconPlus } from "@tabler/icons-react";
import { useMemo, useRef, useState } from "react";
import type { SyntheticEvent } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { faultOf, Problem } from "../../api/problem";
import { tacticName } from "../../alerts/words";
import { visible } from "../../events/document";
import { Panel } from "../../rules/one/Panel";
import { useCoverage } from "../../rules/queries";
import { Failure, Loading } from "../../shared/states";
import { count } from "../../time/format";
import { KqlEditor } from "../editor/KqlEditor";
import type { KqlHandle } from "../editor/KqlEditor";
import { ParametersButton, ParameterValues } from "../Parameters";
import { useHuntSchema } from "../queries";
import { StatusLine } from "../StatusLine";
import { useChecked } from "../useChecked";
import { defaultHuntRange } from "../view";
import type { Entity, ResultColumn, Standing } from "../wire";
import { comparisons, comparisonWords, draftKey, draftOf, entityKinds, freshDraft, groupings, groupingWords, secondsOf, severities, standingOf, suggestedEntities, unitWords } from "./draft";
import type { Draft, Span } from "./draft";
import { useSaveSchedule, useSchedule, useTrial } from "./queries";
import css from "./Schedules.module.css";

/** ScheduleFormPage makes a detection rule of a hunt, or changes one. */
export function ScheduleFormPage() {
  const { id } = useParams();
  const schedule = useSchedule(Number(id), id !== undefined);
  const [fresh] = useState(() => freshDraft(sessionStorage.getItem(draftKey)));
  if (id === undefined) return <Form initial={fresh} id={undefined} />;
  if (schedule.isPending) return <Loading what="schedule" />;
  if (schedule.isError) return <Failure error={schedule.error} retry={() => void schedule.refetch()} />;
  return <Form key={id} initial={draftOf(schedule.data)} id={schedule.data.id} />;
}

const noTables: never[] = [];
const noColumns: never[] = [];

function Form({ initial, id }: { initial: Draft; id: number | undefined }) {
  useDocumentTitle(`${id === undefined ? "New schedule" : `Edit ${initial.name}`} · Penstock`);
  const [draft, setDraft] = useState(initial);
  const set = (part: Partial<Draft>) => setDraft((d) => ({ ...d, ...part }));
  const schema = useHuntSchema().data ?? noTables;
  // What is checked is all of the text: a schedule is one query.
  const whole = useMemo(() => ({ from: 0, to: draft.query.length, text: draft.query }), [draft.query]);
  const tab = useMemo(() => ({ id: "schedule", name: "", text: draft.query, range: defaultHuntRange, parameters: draft.parameters }), [draft.query, draft.parameters]);
  const { checked, current, error, finding } = useChecked(tab, whole);
  const columns = checked?.valid ? checked.columns : noColumns;
  const editor = useRef<KqlHandle>(null);
  const save = useSaveSchedule();
  const navigate = useNavigate();
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    save.mutate({ id, standing: standingOf(draft) }, {
      onSuccess: (s) => {
        sessionStorage.removeItem(draftKey);
        notifications.show({ message: `“${visible(s.name)}” was saved${s.enabled ? " and runs by itself" : "; it is not enabled"}.` });
        void navigate(`/hunting/schedules/${s.id}`);
      },
    });
  };
  const fault = (name: string) => faultOf(save.error, name);
  const placed = ["name", "description", "everySeconds", "lookbackSeconds", "threshold", "suppressSeconds", "entities", "tactics", "techniques", "severity"];
  const elsewhere = save.error && !placed.some((n) => fault(n)) ? save.error : undefined;
  const valid = draft.name.trim() !== "" && draft.query.trim() !== "" && !(current && checked && !checked.valid);
  return (
    <Stack gap="md">
      <div>
        <Anchor component={Link} underline="always" to={id === undefined ? "/hunting/schedules" : `/hunting/schedules/${id}`} size="sm">← {id === undefined ? "Schedules" : "The schedule"}</Anchor>
        <Title order={1} mt={4}>{id === undefined ? "Schedule a hunt as a detection rule" : `Edit “${visible(initial.name)}”`}</Title>
      </div>
      <form onSubmit={submit} noValidate>
        <div className={css.columns}>
          <Stack gap="md" miw={0}>
            <Panel title="Query" actions={<ParametersButton parameters={draft.parameters} onChange={(parameters) => set({ parameters })} />}>
              <div className={css.editor}><KqlEditor ref={editor} tab="schedule" text={initial.query} schema={schema} finding={finding} onChange={(query) => set({ query })} onRun={() => undefined} onSave={() => undefined} /></div>
              <StatusLine checked={checked} current={current} error={error} before={0} onGo={(place) => editor.current?.select(place.start, place.end)} onFix={(place, text) => { editor.current?.select(place.start, place.end); editor.current?.insert(text); }} />
              <ParameterValues parameters={draft.parameters} onChange={(parameters) => set({ parameters })} />
            </Panel>
            <Panel title="Entities">
              <Entities entities={draft.entities} columns={columns} error={fault("entities")} onChange={(entities) => set({ entities, grouping: entities.length === 0 && draft.grouping === "entity" ? "run" : draft.grouping })} />
            </Panel>
            <Trial standing={() => standingOf(draft)} disabled={!valid} />
          </Stack>
          <Panel title="What becomes of it">
            <Stack gap="sm">
              <TextInput label="Name" description="Alerts have it as their title" required maxLength={100} value={draft.name} error={fault("name")} onChange={(e) => set({ name: e.currentTarget.value })} />
              <Textarea label="Description" autosize minRows={2} maxRows={8} maxLength={8000} value={draft.description} error={fault("description")} onChange={(e) => set({ description: e.currentTarget.value })} />
              <SpanInput label="Runs every" value={draft.every} error={fault("everySeconds")} onChange={(every) => set({ every })} />
              <SpanInput label="Looks back" description={checked?.timeSetInQuery ? "The query says itself of which time it wants events" : secondsOf(draft.lookback) < secondsOf(draft.every) ? "At least as far as the run before" : undefined} value={draft.lookback} error={fault("lookbackSeconds")} onChange={(lookback) => set({ lookback })} />
              <Group gap="xs" align="flex-end" wrap="nowrap">
                <Select label="Alerts when there are" allowDeselect={false} data={comparisons.map((c) => ({ value: c, label: comparisonWords[c] }))} value={draft.op} onChange={(v) => set({ op: comparisons.find((c) => c === v) ?? ">" })} />
                <NumberInput label="rows" min={0} allowDecimal={false} value={draft.rows} error={fault("threshold")} onChange={(v) => set({ rows: Number(v) || 0 })} />
              </Group>
              <Select label="Grouping" allowDeselect={false} data={groupings.map((g) => ({ value: g, label: groupingWords[g], disabled: g === "entity" && draft.entities.length === 0 }))} value={draft.grouping} onChange={(v) => set({ grouping: groupings.find((g) => g === v) ?? "run" })} />
              <div>
                <Text size="sm" fw={500} mb={4} id="severity">Severity</Text>
                <SegmentedControl fullWidth size="xs" value={draft.severity} onChange={(v) => set({ severity: severities.find((s) => s === v) ?? "medium" })} data={severities.map((s) => ({ value: s, label: s === "informational" ? "info" : s }))} aria-labelledby="severity" />
              </div>
              <Attack draft={draft} set={set} fault={fault} />
              <SpanInput label="Rests once it has found something" description="0: it does not" value={draft.suppress} error={fault("suppressSeconds")} onChange={(suppress) => set({ suppress })} />
              <Switch label="Enabled" checked={draft.enabled} onChange={(e) => set({ enabled: e.currentTarget.checked })} />
              {elsewhere && <Alert color="red" py={8} role="alert">{elsewhere.message}{elsewhere instanceof Problem && elsewhere.hint ? ` ${elsewhere.hint}` : ""}</Alert>}
              <Group justify="flex-end"><Button type="submit" loading={save.isPending} disabled={!valid}>Save</Button></Group>
            </Stack>
          </Panel>
        </div>
      </form>
    </Stack>
  );
}

function SpanInput({ label, description, value, error, onChange }: { label: string; description?: string | undefined; value: Span; error: string | undefined; onChange: (span: Span) => void }) {
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <NumberInput flex={1} label={label} description={description} min={0} max={100_000} allowDecimal={false} value={value.count} error={error} onChange={(v) => onChange({ ...value, count: Number(v) || 0 })} />
      <Select w={120} aria-label={`Unit of: ${label}`} allowDeselect={false} data={Object.entries(unitWords).map(([v, l]) => ({ value: v, label: l }))} value={value.unit} onChange={(v) => onChange({ ...value, unit: v === "m" || v === "h" || v === "d" ? v : "h" })} />
    </Group>
  );
}

function Attack({ draft, set, fault }: { draft: Draft; set: (part: Partial<Draft>) => void; fault: (name: string) => string | undefined }) {
  const attack = useCoverage({}).data;
  return (
    <>
      <MultiSelect label="Tactics" data={(attack?.tactics ?? []).map((t) => ({ value: t.key, label: tacticName(t.key) }))} value={draft.tactics} error={fault("tactics")} searchable clearable={false} onChange={(tactics) => set({ tactics })} />
      <TagsInput label="Techniques" placeholder="T1059.001" data={(attack?.techniques ?? []).map((t) => t.id)} value={draft.techniques} error={fault("techniques")} maxTags={30} onChange={(techniques) => set({ techniques })} />
    </>
  );
}

function Entities({ entities, columns, error, onChange }: { entities: Entity[]; columns: readonly ResultColumn[]; error: string | undefined; onChange: (entities: Entity[]) => void }) {
  const suggested = suggestedEntities(columns, entities);
  const replace = (i: number, e: Entity) => onChange(entities.map((o, at) => (at === i ? e : o)));
  return (
    <Stack gap="xs">
      <Text size="xs" c="dimmed">Which columns name whom or what an alert is about. Alerts of the same entities are grouped, ranked by their importance and shown in the graph.</Text>
      {entities.map((e, i) => (
        <Group key={i} gap="xs" wrap="nowrap">
          <Select flex={1} size="xs" searchable allowDeselect={false} aria-label={`Column of entity ${i + 1}`} data={[...new Set([e.column, ...columns.map((c) => c.name)])]} value={e.column} onChange={(v) => v && replace(i, { ...e, column: v })} />
          <Select w={130} size="xs" allowDeselect={false} aria-label={`Kind of entity ${i + 1}`} data={[...entityKinds]} value={e.kind} onChange={(v) => replace(i, { ...e, kind: entityKinds.find((k) => k === v) ?? "other" })} />
          <CloseButton size={26} aria-label={`Remove the entity ${e.column}`} onClick={() => onChange(entities.toSpliced(i, 1))} />
        </Group>
      ))}
      {error && <Text size="xs" c="red">{error}</Text>}
      <Group gap={6}>
        {suggested.slice(0, 8).map((e) => <Button key={e.column} size="compact-xs" variant="light" leftSection={<IconPlus size={12} />} onClick={() => onChange([...entities, e])}>{visible(e.column)} is a {e.kind}</Button>)}
        {columns.length > 0 && <Button size="compact-xs" variant="subtle" leftSection={<IconPlus size={12} />} onClick={() => onChange([...entities, { kind: "other", column: columns[0]?.name ?? "" }])}>Another column</Button>}
      </Group>
    </Stack>
  );
}

function Trial({ standing, disabled }: { standing: () => Standing; disabled: boolean }) {
  const trial = useTrial();
  return (
    <Panel title="Try it" actions={<Button size="compact-sm" variant="light" leftSection={<IconFlask size={14} />} disabled={disabled} loading={trial.isPending} onClick={() => trial.mutate(standing())}>Test</Button>}>
      {trial.error && <Alert color="red" py={6}>{trial.error.message}{trial.error instanceof Problem && trial.error.hint ? ` ${trial.error.hint}` : ""}</Alert>}
      {!trial.data && !trial.error && <Text size="sm" c="dimmed">What would it find at the moment? Nothing is alerted.</Text>}
      {trial.data && (
        <div role="status" aria-label="Result of the test">
          <Text size="sm"><b>{count(trial.data.rows)}</b> {trial.data.rows === 1 ? "row" : "rows"}, which would make <b>{count(trial.data.alerts)}</b> {trial.data.alerts === 1 ? "alert" : "alerts"}.</Text>
          {trial.data.groups.length > 0 && <ul style={{ margin: "6px 0 0", paddingLeft: 18, fontSize: "0.8rem" }}>{trial.data.groups.map((g, i) => <li key={i} style={{ overflowWrap: "anywhere" }}><bdi>{visible(g).slice(0, 300)}</bdi></li>)}</ul>}
        </div>
      )}
    </Panel>
  );
}
