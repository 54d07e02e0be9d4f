import { Button, Group, Modal, Text } from "@mantine/core";
import { useState } from "react";
import { Failure, Loading } from "../shared/states";
import { count } from "../time/format";
import { useDryRun, useRulesEdit } from "./queries";
import type { Filter } from "./queries";

/** SwitchAll enables or disables all rules that the filter lets through, after it has told how many that are. */
export function SwitchAll({ filter, total }: { filter: Filter; total: number }) {
  const [wanted, setWanted] = useState<boolean>();
  return (
    <Group gap="xs">
      <Button size="xs" variant="default" onClick={() => setWanted(true)}>Enable all {count(total)}…</Button>
      <Button size="xs" variant="default" onClick={() => setWanted(false)}>Disable all…</Button>
      {wanted !== undefined && <Confirm filter={filter} enabled={wanted} onClose={() => setWanted(undefined)} />}
    </Group>
  );
}

function Confirm({ filter, enabled, onClose }: { filter: Filter; enabled: boolean; onClose: () => void }) {
  const dry = useDryRun(filter, enabled);
  const turn = useRulesEdit();
  const verb = enabled ? "Enable" : "Disable";
  return (
    <Modal opened onClose={onClose} centered title={`${verb} these rules?`}>
      {dry.isPending && <Loading what="count" />}
      {dry.isError && !dry.data && <Failure error={dry.error} />}
      {dry.data && (
        <Text size="sm">
          The filter lets {count(dry.data.rules)} rules through; {count(dry.data.changed)} of them are not {enabled ? "enabled" : "disabled"} yet.
          {enabled && " Events that come from now on are tried on them too."}
        </Text>
      )}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>Leave them</Button>
        <Button disabled={!dry.data || dry.data.changed === 0} loading={turn.isPending} onClick={() => turn.mutate({ filter, edit: { enabled } }, { onSuccess: onClose })}>
          {verb} {dry.data ? count(dry.data.changed) : ""}
        </Button>
      </Group>
    </Modal>
  );
}
