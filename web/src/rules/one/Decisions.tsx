import { Button, Group, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../../access/session";
import type { RuleDetail } from "../../api/client";
import { faultOf } from "../../api/problem";
import { visible } from "../../events/document";
import { count, duration } from "../../time/format";
import { useRuleEdit } from "../queries";
import { levels } from "../view";
import { Panel } from "./Panel";

/** Decisions shows what people have decided about a rule, and takes it from those who may. */
export function Decisions({ rule }: { rule: RuleDetail }) {
  const write = useMay("rules.write");
  const { level, note, limit, windowSeconds, similarity } = rule.decided;
  const decided = level || note || limit || windowSeconds || similarity.length > 0;
  return (
    <Panel title="Decided here">
      <Stack gap="sm">
        {write ? <Form rule={rule} /> : (
          <>
            {level && <Text size="sm">Its level is {level}{rule.ownLevel && `, in place of ${rule.ownLevel}`}.</Text>}
            {note && <Text size="sm" style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>{visible(note)}</Text>}
            {!decided && <Text size="sm" c="dimmed">Nothing: it is as its author wrote it.</Text>}
          </>
        )}
        {similarity.length > 0 && <Text size="xs" c="dimmed">Matches become one alert when they have in common: {similarity.join(", ")}.</Text>}
        {windowSeconds !== undefined && windowSeconds > 0 && <Text size="xs" c="dimmed">Matches within {duration(windowSeconds)} become one alert.</Text>}
        {limit && <Text size="xs" c="dimmed">It counts as noisy beyond {count(limit.matches)} matches in {duration(limit.withinSeconds)}.</Text>}
      </Stack>
    </Panel>
  );
}

function Form({ rule }: { rule: RuleDetail }) {
  const edit = useRuleEdit(rule.id);
  const [level, setLevel] = useState(rule.decided.level ?? "");
  const [note, setNote] = useState(rule.decided.note ?? "");
  const [reason, setReason] = useState("");
  const changed = level !== (rule.decided.level ?? "") || note !== (rule.decided.note ?? "");
  const save = () => {
    const known = levels.find((l) => l === level) ?? "";
    edit.mutate({ version: rule.settingsVersion, level: known, note, ...(reason.trim() ? { reason: reason.trim() } : {}) });
  };
  return (
    <>
      <Select
        label="Level" value={level} allowDeselect={false} onChange={(v) => setLevel(v ?? "")} error={faultOf(edit.error, "level")}
        data={[{ value: "", label: `as the rule says${rule.ownLevel ? `: ${rule.ownLevel}` : ""}` }, ...levels.map((l) => ({ value: l, label: l }))]}
      />
      <Textarea label="Note" placeholder="What others should know about it" autosize minRows={2} maxRows={8} maxLength={8192} value={note} onChange={(e) => setNote(e.currentTarget.value)} error={faultOf(edit.error, "note")} />
      {changed && <TextInput label="Why" placeholder="For the history" maxLength={1024} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />}
      {changed && (
        <Group gap="xs">
          <Button size="xs" loading={edit.isPending} onClick={save}>Save</Button>
          <Button size="xs" variant="default" onClick={() => { setLevel(rule.decided.level ?? ""); setNote(rule.decided.note ?? ""); }}>Undo</Button>
        </Group>
      )}
    </>
  );
}
