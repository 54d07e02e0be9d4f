import { Anchor, Button, Group, Modal, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { useMay } from "../../access/session";
import type { Pack, PackPolicy } from "../../api/client";
import { visible } from "../../events/document";
import { Empty, Failure, Loading } from "../../shared/states";
import { Time } from "../../shared/Time";
import { count } from "../../time/format";
import { RulesHead } from "../RulesHead";
import { Import } from "./Import";
import { policyWords } from "./policy";
import { PolicyFields } from "./PolicyFields";
import { usePacks, useSetPolicy, useUninstall } from "./queries";

/** Packs that the program brings along or fills itself cannot be taken away. */
const fixed = new Set(["builtin", "custom"]);

/** PacksPage shows where rules come from, and brings more of them. */
export function PacksPage() {
  const packs = usePacks();
  const write = useMay("rules.write");
  return (
    <Stack gap="md">
      <RulesHead about="Rules that came together, and which of them are enabled by themselves." />
      <section className="panel" aria-label="Packs">
        <h2>Packs</h2>
        {packs.isPending && <Loading what="packs" />}
        {packs.isError && !packs.data && <Failure error={packs.error} retry={() => void packs.refetch()} />}
        {packs.data?.length === 0 && <Empty title="No pack">{write && "Import one below."}</Empty>}
        {packs.data && packs.data.length > 0 && <List packs={packs.data} write={write} />}
      </section>
      {write && <Import names={packs.data?.map((p) => p.name) ?? []} />}
    </Stack>
  );
}

function List({ packs, write }: { packs: Pack[]; write: boolean }) {
  const [editing, setEditing] = useState<Pack>();
  const [removing, setRemoving] = useState<Pack>();
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
      <Table verticalSpacing={7} horizontalSpacing="sm" fz="sm" miw={860}>
        <Table.Thead><Table.Tr><Table.Th>Pack</Table.Th><Table.Th>Version</Table.Th><Table.Th className="numeric">Rules</Table.Th><Table.Th className="numeric">Enabled</Table.Th><Table.Th>Enabled by themselves</Table.Th><Table.Th>Installed</Table.Th><Table.Th aria-label="Actions" /></Table.Tr></Table.Thead>
        <Table.Tbody>
          {packs.map((p) => (
            <Table.Tr key={p.name} data-pack={p.name}>
              <Table.Td><Anchor component={Link} to={`/rules?${new URLSearchParams({ pack: p.name })}`} size="sm">{visible(p.name)}</Anchor>{p.origin && p.origin !== p.name && <Text size="xs" c="dimmed" maw={280} truncate>{visible(p.origin)}</Text>}</Table.Td>
              <Table.Td maw={160} style={{ overflowWrap: "anywhere" }}>{visible(p.version ?? "")}</Table.Td>
              <Table.Td className="numeric">{count(p.rules)}</Table.Td>
              <Table.Td className="numeric">{count(p.enabled)}</Table.Td>
              <Table.Td maw={280}>{policyWords(p.policy)}</Table.Td>
              <Table.Td><Time at={p.installed} />{p.who && <Text size="xs" c="dimmed">{visible(p.who)}</Text>}</Table.Td>
              <Table.Td>
                {write && <Group gap={6} wrap="nowrap" justify="flex-end">
                  <Button size="compact-xs" variant="default" aria-label={`Change the policy of ${p.name}`} onClick={() => setEditing(p)}>Policy…</Button>
                  {!fixed.has(p.name) && <Button size="compact-xs" variant="default" aria-label={`Remove ${p.name}`} onClick={() => setRemoving(p)}>Remove…</Button>}
                </Group>}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {editing && <Policy pack={editing} onClose={() => setEditing(undefined)} />}
      {removing && <Remove pack={removing} onClose={() => setRemoving(undefined)} />}
    </ScrollArea>
  );
}

function Policy({ pack, onClose }: { pack: Pack; onClose: () => void }) {
  const [policy, setPolicy] = useState<PackPolicy>(pack.policy);
  const set = useSetPolicy();
  return (
    <Modal opened onClose={onClose} centered size="auto" title={`Which rules of ${visible(pack.name)} are enabled by themselves?`} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">Those for which all of this holds and about which nobody has decided. Where nothing is said, none is.</Text>
        <PolicyFields policy={policy} onChange={setPolicy} />
        <Text size="sm">Enabled: {policyWords(policy)}.</Text>
        <Group justify="flex-end"><Button variant="default" onClick={onClose}>Leave it</Button><Button loading={set.isPending} onClick={() => set.mutate({ name: pack.name, policy }, { onSuccess: onClose })}>Save</Button></Group>
      </Stack>
    </Modal>
  );
}

function Remove({ pack, onClose }: { pack: Pack; onClose: () => void }) {
  const remove = useUninstall();
  return (
    <Modal opened onClose={onClose} centered title={`Remove ${visible(pack.name)}?`} closeButtonProps={{ "aria-label": "Close" }}>
      <Text size="sm">Its {count(pack.rules)} rules are not tried on events any more. What was decided about them is kept for when they come back.</Text>
      <Group justify="flex-end" mt="md"><Button variant="default" onClick={onClose}>Keep it</Button><Button color="red" loading={remove.isPending} onClick={() => remove.mutate(pack.name, { onSuccess: onClose })}>Remove</Button></Group>
    </Modal>
  );
}
