import { MultiSelect, Radio, Stack } from "@mantine/core";
import { roleAbout, roleName, roles, useIntakeNames } from "./queries";
import type { Role } from "./queries";

/** RightsFields choose a role, and to which intakes it is restricted. */
export function RightsFields({ role, intakes, onRole, onIntakes }: { role: Role; intakes: string[]; onRole: (r: Role) => void; onIntakes: (list: string[]) => void }) {
  const names = useIntakeNames();
  return (
    <Stack gap="sm">
      <Radio.Group label="Role" value={role} onChange={(v) => onRole(roles.find((r) => r === v) ?? "viewer")}>
        <Stack gap={6} mt={6}>{roles.map((r) => <Radio key={r} value={r} label={roleName[r]} description={roleAbout[r]} />)}</Stack>
      </Radio.Group>
      <MultiSelect
        label="Intakes" description="Whose events and alerts alone are seen; none: those of all" placeholder={intakes.length === 0 ? "All" : ""} clearable
        data={[...new Set([...names, ...intakes])]} value={intakes} onChange={onIntakes}
      />
    </Stack>
  );
}
