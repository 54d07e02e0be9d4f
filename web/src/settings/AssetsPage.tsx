import { ActionIcon, Badge, Button, Group, Modal, ScrollArea, Select, Stack, Table, Text, Textarea, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPencil, IconPlus, IconSearch, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { useMay } from "../access/session";
import type { Asset } from "../api/client";
import { visible } from "../events/document";
import { Empty, Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { effect, importances, kinds, namesOf, wrongWith } from "./assets/asset";
import type { Importance, Kind } from "./assets/asset";
import { useAssets, useImportance } from "./assets/queries";

const colour: Record<Importance, string> = { critical: "red", high: "yellow", normal: "gray", low: "blue" };

/** So many rows are shown; the field above finds the others. */
const shown = 500;

/** AssetsPage is the hosts and users that matter more, or less, than others. */
export function AssetsPage() {
  const assets = useAssets();
  const set = useImportance();
  const write = useMay("assets.write");
  const [adding, dialogue] = useDisclosure();
  const [edited, setEdited] = useState<Asset>();
  const [search, setSearch] = useState("");
  if (assets.isPending) return <Loading what="assets" />;
  if (!assets.data) return <Failure error={assets.error} retry={() => void assets.refetch()} />;
  const wanted = search.trim().toLowerCase();
  const found = assets.data.assets.filter((a) => `${a.name} ${a.note ?? ""}`.toLowerCase().includes(wanted));
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-end">
        <Text size="sm" c="dimmed" maw={640}>The urgency of an alert depends on the most important host or user in it. Whoever is not listed here is normal.</Text>
        <Group gap="xs">
          <TextInput w={220} placeholder="Find a name or a note" aria-label="Find an asset" leftSection={<IconSearch size={14} />} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
          {write && <Button leftSection={<IconPlus size={15} />} onClick={dialogue.open}>Say who matters</Button>}
        </Group>
      </Group>
      <section className="panel" aria-label="Assets">
        {assets.data.assets.length === 0 ? (
          <Empty title="All are normal">Name domain controllers, servers with what must not be lost, and people whose accounts open many doors: alerts about them come first.</Empty>
        ) : found.length === 0 ? <Empty title="No asset fits">Neither a name nor a note has “{visible(search)}”.</Empty> : (
          <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
            <Table highlightOnHover verticalSpacing={5} horizontalSpacing="md" fz="sm" miw={720}>
              <Table.Thead><Table.Tr><Table.Th>Name</Table.Th><Table.Th>Kind</Table.Th><Table.Th>Importance</Table.Th><Table.Th>Note</Table.Th><Table.Th>Said by</Table.Th><Table.Th>When</Table.Th><Table.Th aria-label="Actions" /></Table.Tr></Table.Thead>
              <Table.Tbody>
                {found.slice(0, shown).map((a) => (
                  <Table.Tr key={`${a.kind} ${a.name}`} data-asset={a.name}>
                    <Table.Td maw={340} style={{ overflowWrap: "anywhere" }}>{visible(a.name)}</Table.Td>
                    <Table.Td>{a.kind}</Table.Td>
                    <Table.Td><Badge color={colour[a.importance]} variant="light" tt="none" miw="max-content">{a.importance} {effect[a.importance]}</Badge></Table.Td>
                    <Table.Td maw={320} style={{ overflowWrap: "anywhere" }}>{visible(a.note ?? "")}</Table.Td>
                    <Table.Td>{visible(a.actor)}</Table.Td>
                    <Table.Td><Time at={a.time} /></Table.Td>
                    <Table.Td>
                      {write && <Group gap={2} wrap="nowrap" justify="flex-end">
                        <ActionIcon variant="subtle" color="gray" aria-label={`Edit ${a.name}`} onClick={() => setEdited(a)}><IconPencil size={15} /></ActionIcon>
                        <ActionIcon variant="subtle" color="gray" aria-label={`Make ${a.name} normal`} title="Make it normal" onClick={() => set.mutate([{ kind: a.kind, name: a.name, importance: "normal" }])}><IconTrash size={15} /></ActionIcon>
                      </Group>}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            {found.length > shown && <Text p="md" size="sm" c="dimmed">{found.length - shown} more: narrow them by the field above.</Text>}
          </ScrollArea>
        )}
      </section>
      {adding && <AssetDialogue onClose={dialogue.close} />}
      {edited && <AssetDialogue asset={edited} onClose={() => setEdited(undefined)} />}
    </Stack>
  );
}

/** AssetDialogue asks how important some are; of one that is known its name stays. */
function AssetDialogue({ asset, onClose }: { asset?: Asset; onClose: () => void }) {
  const set = useImportance();
  const [kind, setKind] = useState<Kind>(asset?.kind ?? "host");
  const [names, setNames] = useState(asset?.name ?? "");
  const [importance, setImportance] = useState<Importance>(asset?.importance ?? "high");
  const [note, setNote] = useState(asset?.note ?? "");
  const [tried, setTried] = useState(false);
  const list = asset ? [asset.name] : namesOf(names);
  const wrong = wrongWith(list);
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    setTried(true);
    if (!wrong) set.mutate(list.map((name) => ({ kind, name, importance, ...(note.trim() ? { note: note.trim() } : {}) })), { onSuccess: onClose });
  };
  return (
    <Modal opened onClose={onClose} title={asset ? `How important is ${visible(asset.name)}?` : "Say who matters"} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          {!asset && <Select label="Kind" data={kinds} value={kind} allowDeselect={false} onChange={(v) => setKind(kinds.find((k) => k === v) ?? "host")} />}
          {!asset && (
            <Textarea
              label="Names" description={kind === "host" ? "Full or short name, or device id; one a line" : "Name, domain\\name, UPN, SID or object id; one a line"} autosize minRows={2} maxRows={10} data-autofocus
              error={tried ? wrong : undefined} value={names} onChange={(e) => setNames(e.currentTarget.value)}
            />
          )}
          <Select
            label="Importance" value={importance} allowDeselect={false} data={importances.map((i) => ({ value: i, label: `${i} (${effect[i]} to the urgency)` }))}
            onChange={(v) => setImportance(importances.find((i) => i === v) ?? "high")}
          />
          <TextInput label="Note" placeholder="Why" maxLength={1000} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
          <Group justify="flex-end" gap="xs"><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit" loading={set.isPending}>Save</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
