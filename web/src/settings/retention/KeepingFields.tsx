import { Alert, Button, Checkbox, Group, NumberInput, Select, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo, useState } from "react";
import type { SyntheticEvent } from "react";
import type { RetentionPreview, RetentionSetting } from "../../api/client";
import { faultOf } from "../../api/problem";
import { Time } from "../../shared/Time";
import { bytes, count } from "../../time/format";
import { formOf, keepingOf, sameKeeping, units } from "./keeping";
import type { KeepingForm } from "./keeping";
import { useKeep, useRetentionPreview } from "./queries";

/** KeepingFields changes what is kept. What that deletes now is said before it is saved, and has to be confirmed. */
export function KeepingFields({ setting }: { setting: RetentionSetting }) {
  const [form, setForm] = useState<KeepingForm>(() => formOf(setting));
  const set = (part: Partial<KeepingForm>) => {
    setForm((f) => ({ ...f, ...part }));
    setSure(false);
  };
  const [sure, setSure] = useState(false);
  const keeping = useMemo(() => keepingOf(form), [form]);
  const [settled] = useDebouncedValue(keeping, 300);
  const preview = useRetentionPreview(settled);
  const keep = useKeep();
  const changed = keeping !== undefined && !sameKeeping(keeping, setting);
  const current = settled === keeping && !preview.isPlaceholderData ? preview.data : undefined;
  const error = keep.error ?? preview.error;
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    if (keeping && changed && current && (current.events === 0 || sure)) keep.mutate(sameKeeping(keeping, setting.usual) ? undefined : keeping);
  };
  return (
    <section className="panel" aria-label="Change it">
      <h2>Change it</h2>
      <form noValidate onSubmit={submit}><Stack p="md" gap="sm">
        <Group gap="sm" align="flex-start">
          <Checkbox w={230} mt={8} label="Delete events that are older than" checked={form.byAge} onChange={(e) => set({ byAge: e.currentTarget.checked })} />
          <NumberInput w={120} aria-label="Days" suffix=" days" min={1} max={36_500} disabled={!form.byAge} value={form.days} onChange={(v) => set({ days: v })} error={faultOf(error, "maxAgeDays") ?? (form.byAge && !(Number(form.days) > 0) ? "Say how many." : undefined)} />
        </Group>
        <Group gap="sm" align="flex-start">
          <Checkbox w={230} mt={8} label="Delete the oldest beyond" checked={form.bySize} onChange={(e) => set({ bySize: e.currentTarget.checked })} />
          <NumberInput w={120} aria-label="Size" min={0} disabled={!form.bySize} value={form.size} onChange={(v) => set({ size: v })} error={faultOf(error, "maxBytes") ?? (form.bySize && !(Number(form.size) > 0) ? "Say how much." : undefined)} />
          <Select w={90} aria-label="Unit of the size" disabled={!form.bySize} allowDeselect={false} data={[...units]} value={form.unit} onChange={(v) => set({ unit: units.find((u) => u === v) ?? "GiB" })} />
        </Group>
        {error && !faultOf(error, "maxAgeDays") && !faultOf(error, "maxBytes") && <Alert color="red" py={6} role="alert">{error.message}</Alert>}
        {changed && current && <Told preview={current} sure={sure} onSure={setSure} />}
        <Group gap="xs">
          <Button type="submit" disabled={!changed || !current || (current.events > 0 && !sure)} loading={keep.isPending}>Save</Button>
          {setting.who && <Button variant="default" disabled={keep.isPending} onClick={() => setForm(formOf(setting.usual))}>Fill in the default</Button>}
        </Group>
      </Stack></form>
    </section>
  );
}

/** Told is what would be deleted now. */
function Told({ preview: p, sure, onSure }: { preview: RetentionPreview; sure: boolean; onSure: (sure: boolean) => void }) {
  const left = p.oldest ? <>The oldest event that stays is of <Time at={p.oldest} />.</> : "None stays.";
  if (p.events === 0) return <Text size="sm" role="status" aria-label="What would be deleted">Nothing would be deleted now. {p.oldest ? left : ""}</Text>;
  return (
    <Alert color="red" title={`${count(p.events)} events would be deleted now`} role="status">
      <Text size="sm" mb="xs">{bytes(p.bytes)} in {count(p.segments)} {p.segments === 1 ? "segment" : "segments"}, for good; {count(p.left)} events stay. {left}</Text>
      <Checkbox label="Delete them" checked={sure} onChange={(e) => onSure(e.currentTarget.checked)} />
    </Alert>
  );
}
