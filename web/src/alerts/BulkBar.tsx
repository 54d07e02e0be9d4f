import { Button, Group, Text } from "@mantine/core";
import { useName } from "../app/preferences";
import { useAlertsEdit } from "./queries";
import { verdictName, verdicts } from "./words";

/** BulkBar changes all selected alerts at once. */
export function BulkBar({ ids, onDone }: { ids: number[]; onDone: () => void }) {
  const edit = useAlertsEdit();
  const [name] = useName();
  if (ids.length === 0) return null;
  const change = (e: Parameters<typeof edit.mutate>[0]["edit"]) => edit.mutate({ ids, edit: e }, { onSuccess: onDone });
  return (
    <Group className="panel" px="sm" py={6} gap="xs" role="toolbar" aria-label="Selected alerts">
      <Text size="sm" fw={600}>{ids.length} selected</Text>
      {name.trim() && <Button size="compact-sm" variant="default" disabled={edit.isPending} onClick={() => change({ assignee: name.trim() })}>Assign to me</Button>}
      <Button size="compact-sm" variant="default" disabled={edit.isPending} onClick={() => change({ status: "acknowledged" })}>Acknowledge</Button>
      <Button size="compact-sm" variant="default" disabled={edit.isPending} onClick={() => change({ status: "in_progress" })}>In progress</Button>
      <Text size="sm" c="dimmed" ml="sm">Close as</Text>
      {verdicts.map((v) => (
        <Button key={v} size="compact-sm" variant="default" disabled={edit.isPending} onClick={() => change({ status: "closed", verdict: v })}>{verdictName[v]}</Button>
      ))}
    </Group>
  );
}
