import { Group, MultiSelect, Select } from "@mantine/core";
import type { PackPolicy } from "../../api/client";
import { efforts, levels, statuses } from "../view";

/** PolicyFields edits which rules of a pack are enabled by themselves. */
export function PolicyFields({ policy, onChange }: { policy: PackPolicy; onChange: (policy: PackPolicy) => void }) {
  const { minLevel, maxEffort, ...rest } = policy;
  const set = (part: PackPolicy) => onChange({ ...rest, ...(minLevel ? { minLevel } : {}), ...(maxEffort ? { maxEffort } : {}), ...part });
  return (
    <Group gap="sm" align="flex-start" role="group" aria-label="Rules that are enabled by themselves">
      <Select
        label="Level and above" w={170} clearable placeholder="any" value={minLevel ?? null} data={[...levels]}
        onChange={(v) => onChange({ ...rest, ...(maxEffort ? { maxEffort } : {}), ...(levels.some((l) => l === v) ? { minLevel: v as (typeof levels)[number] } : {}) })}
      />
      <MultiSelect label="Status" w={250} clearable placeholder={policy.statuses?.length ? "" : "any"} value={policy.statuses ?? []} data={[...statuses]} onChange={(v) => set({ statuses: statuses.filter((s) => v.includes(s)) })} />
      <Select
        label="Effort and below" w={170} clearable placeholder="any" value={maxEffort ?? null} data={[...efforts]}
        onChange={(v) => onChange({ ...rest, ...(minLevel ? { minLevel } : {}), ...(efforts.some((e) => e === v) ? { maxEffort: v as (typeof efforts)[number] } : {}) })}
      />
    </Group>
  );
}
