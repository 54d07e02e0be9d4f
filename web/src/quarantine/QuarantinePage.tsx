import { Alert, Badge, Button, Code, Drawer, Group, Modal, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlayerTrackNext, IconTrash } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useMay } from "../access/session";
import { answer, api } from "../api/client";
import type { QuarantineItem } from "../api/client";
import { visible } from "../events/document";
import { PageHeader } from "../shared/PageHeader";
import { Empty, Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { bytes, count } from "../time/format";
import { decoded } from "./bytes";

/** QuarantinePage lists what could not be decoded. The reason and the intake chosen and the item opened are in its address. */
export function QuarantinePage() {
  const [params, setParams] = useSearchParams();
  const reason = params.get("reason") ?? "";
  const intake = params.get("intake") ?? "";
  const item = params.get("item") ?? undefined;
  const set = (name: string, value: string | undefined) => setParams((old) => {
    const next = new URLSearchParams(old);
    if (value) next.set(name, value);
    else next.delete(name);
    return next;
  });
  const list = useInfiniteQuery({
    queryKey: ["quarantine", reason, intake],
    queryFn: ({ pageParam, signal }) =>
      answer(api.GET("/api/v1/quarantine", { params: { query: { limit: 200, ...(reason ? { reason } : {}), ...(intake ? { intake } : {}), ...(pageParam ? { after: pageParam } : {}) } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  const reasons = list.data?.pages[0]?.reasons ?? [];
  return (
    <>
      <PageHeader title="Quarantine" about="What could not be decoded, kept whole until you replay or drop it." />
      {list.isPending && <Loading what="quarantine" />}
      {list.isError && !list.data && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.data && (
        <Stack>
          {reasons.length > 0 && (
            <Group gap="xs" role="group" aria-label="Reasons">
              {reasons.map((r) => (
                <Button key={r.reason} size="compact-sm" variant={r.reason === reason ? "filled" : "default"} aria-pressed={r.reason === reason} onClick={() => set("reason", r.reason === reason ? undefined : r.reason)}>
                  {r.reason} · {count(r.count)}
                </Button>
              ))}
            </Group>
          )}
          {intake && <Group gap="xs"><Text size="sm">Of the intake <b>{visible(intake)}</b></Text><Button size="compact-sm" variant="default" onClick={() => set("intake", undefined)}>Show those of all</Button></Group>}
          {items.length === 0 ? (
            <section className="panel"><Empty title={reason || intake ? "Nothing of this kind is in quarantine" : "The quarantine is empty"}>Everything that was read could be understood.</Empty></section>
          ) : (
            <Items items={items} onOpen={(id) => set("item", id)} />
          )}
          {list.hasNextPage && <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>Show more</Button>}
        </Stack>
      )}
      {item && <Item id={item} onClose={() => set("item", undefined)} />}
    </>
  );
}

function Items({ items, onOpen }: { items: QuarantineItem[]; onOpen: (id: string) => void }) {
  return (
    <section className="panel" aria-label="Quarantined items">
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
        <Table highlightOnHover verticalSpacing={6} horizontalSpacing="md" fz="sm" miw={820}>
          <Table.Thead>
            <Table.Tr><Table.Th>Read</Table.Th><Table.Th>Reason</Table.Th><Table.Th>Detail</Table.Th><Table.Th>Origin</Table.Th><Table.Th className="numeric">Size</Table.Th><Table.Th /></Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((i) => (
              <Table.Tr key={i.id}>
                <Table.Td><Time at={i.time} /></Table.Td>
                <Table.Td><Badge color="yellow" variant="light" tt="none">{i.reason}</Badge></Table.Td>
                <Table.Td>{visible(i.detail ?? "").slice(0, 200)}</Table.Td>
                <Table.Td>{origin(i)}</Table.Td>
                <Table.Td className="numeric">{bytes(i.size)}</Table.Td>
                <Table.Td ta="right"><Button size="compact-xs" variant="light" onClick={() => onOpen(i.id)}>Show</Button></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
    </section>
  );
}

function origin(i: QuarantineItem): string {
  const place = i.index < 0 ? "whole message" : `record ${i.index}`;
  return `${i.intake}${i.hub ? ` · ${i.hub}/${i.partition ?? ""}` : ""} · ${i.sequence}, ${place}`;
}

function Item({ id, onClose }: { id: string; onClose: () => void }) {
  const client = useQueryClient();
  const may = useMay("quarantine.replay");
  const [dropping, setDropping] = useState(false);
  const item = useQuery({ queryKey: ["quarantined", id], queryFn: ({ signal }) => answer(api.GET("/api/v1/quarantine/{id}", { params: { path: { id } }, signal })) });
  const done = (message: string) => {
    notifications.show({ message });
    void client.invalidateQueries({ queryKey: ["quarantine"] });
    onClose();
  };
  const failed = (e: Error) => notifications.show({ color: "red", title: "This did not work", message: e.message });
  const replay = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/quarantine/{id}/replay", { params: { path: { id } } })),
    onSuccess: (r) => done(r.quarantined > 0 ? "It is still not understood, and stays in the quarantine." : `Replayed: ${count(r.kept)} events, ${count(r.repeated)} were there already.`),
    onError: failed,
  });
  const drop = useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/quarantine/{id}", { params: { path: { id } } })),
    onSuccess: () => done("Dropped."),
    onError: failed,
  });
  const body = item.data && decoded(item.data.body);
  return (
    <Drawer opened onClose={onClose} position="right" size="min(760px, 100vw)" title={<Text fw={620}>Quarantined item</Text>} closeButtonProps={{ "aria-label": "Close the item" }}>
      {item.isPending && <Loading what="item" />}
      {item.isError && <Failure error={item.error} />}
      {item.data && body && (
        <Stack>
          <Group gap="xs"><Badge color="yellow" variant="light" tt="none">{item.data.reason}</Badge><Time at={item.data.time} /></Group>
          <Text size="sm">{visible(item.data.detail ?? "")}</Text>
          <Text size="sm" c="dimmed">{origin(item.data)} · {bytes(item.data.size)}</Text>
          {may && <Group>
            <Button leftSection={<IconPlayerTrackNext size={15} />} loading={replay.isPending} onClick={() => replay.mutate()}>Replay</Button>
            <Button color="red" variant="light" leftSection={<IconTrash size={15} />} onClick={() => setDropping(true)}>Drop</Button>
          </Group>}
          {!body.valid && <Alert color="yellow" py={6}>These bytes are not valid UTF-8; what is not is shown as �.</Alert>}
          <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{visible(body.text.slice(0, shown))}</Code>
          {body.text.length > shown && <Text size="xs" c="dimmed">The first {count(shown)} characters; `penstock quarantine show {id}` prints all.</Text>}
        </Stack>
      )}
      <Modal opened={dropping} onClose={() => setDropping(false)} title="Drop this item?" centered>
        <Text size="sm">Its bytes are deleted for good. The ledger goes on counting it as quarantined.</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setDropping(false)}>Keep it</Button>
          <Button color="red" loading={drop.isPending} onClick={() => drop.mutate()}>Drop it</Button>
        </Group>
      </Modal>
    </Drawer>
  );
}

/** At most so many characters of an item are shown. */
const shown = 200_000;
