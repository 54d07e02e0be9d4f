import { Button, Group, Select, Text } from "@mantine/core";
import { Link } from "react-router";
import { useMay } from "../access/session";
import { count } from "../time/format";
import { useRulesEdit } from "./queries";
import { levels } from "./view";

/** So many rules may be named in one request. */
export const mostSelected = 400;
/** So many fit into an address. */
const mostHunted = 100;

/** BulkBar decides about the rules that are selected. */
export function BulkBar({ ids, onDone }: { ids: string[]; onDone: () => void }) {
  const edit = useRulesEdit();
  const run = useMay("jobs.run");
  const decide = (what: Parameters<typeof edit.mutate>[0]["edit"]) => edit.mutate({ filter: { id: ids }, edit: what }, { onSuccess: onDone });
  return (
    <Group gap="xs" role="toolbar" aria-label="Selected rules">
      <Text size="sm" fw={600}>{count(ids.length)} selected</Text>
      <Button size="xs" variant="default" disabled={edit.isPending} onClick={() => decide({ enabled: true })}>Enable</Button>
      <Button size="xs" variant="default" disabled={edit.isPending} onClick={() => decide({ enabled: false })}>Disable</Button>
      <Select
        size="xs" w={170} aria-label="Level of the selected rules" placeholder="Set the level" value={null} disabled={edit.isPending}
        data={[{ value: "", label: "as the rule says" }, ...levels.map((l) => ({ value: l, label: l }))]}
        onChange={(level) => level !== null && decide({ level: level === "" ? "" : levels.find((l) => l === level) ?? "" })}
      />
      {run && <Button size="xs" variant="default" component={Link} to={`/jobs/new?${new URLSearchParams(ids.slice(0, mostHunted).map((id) => ["rule", id]))}`}>Hunt</Button>}
      <Button size="xs" variant="subtle" onClick={onDone}>Select none</Button>
    </Group>
  );
}
