import { Button, Group, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../api/client";
import type { APIKey } from "../api/client";
import { visible } from "../events/document";
import { failed } from "../shared/failed";
import { Empty, Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { KeyDrawer } from "./keys/KeyDrawer";
import { OneTime } from "./OneTime";

/** KeysPage is which programs may use the API, and for what. */
export function KeysPage() {
  const keys = useQuery({ queryKey: ["keys"], queryFn: ({ signal }) => answer(api.GET("/api/v1/keys", { signal })) });
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<{ name: string; token: string }>();
  if (keys.isPending) return <Loading what="API keys" />;
  if (!keys.data) return <Failure error={keys.error} retry={() => void keys.refetch()} />;
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end">
        <Text size="sm" c="dimmed" maw={640}>With a key a program uses the API: <code>Authorization: Bearer …</code></Text>
        <Button leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>New key</Button>
      </Group>
      {made && <OneTime title={`The key ${made.name}`} about="Copy it now: only its hash is kept, and it is not shown again." value={made.token} onClose={() => setMade(undefined)} />}
      <section className="panel" aria-label="API keys">
        {keys.data.keys.length === 0 ? <Empty title="No key yet">Make one for each program, with no more rights than it needs.</Empty> : <Keys list={keys.data.keys} />}
      </section>
      {making && <KeyDrawer onClose={() => setMaking(false)} onMade={(name, token) => setMade({ name, token })} />}
    </Stack>
  );
}

function Keys({ list }: { list: APIKey[] }) {
  const client = useQueryClient();
  const [sure, setSure] = useState<number>();
  const remove = useMutation({ mutationFn: (id: number) => answer(api.DELETE("/api/v1/keys/{id}", { params: { path: { id } } })), onError: failed, onSettled: () => client.invalidateQueries({ queryKey: ["keys"] }) });
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
      <Table fz="sm" verticalSpacing={7} horizontalSpacing="md" miw={860}>
        <Table.Thead><Table.Tr><Table.Th>Name</Table.Th><Table.Th>Rights</Table.Th><Table.Th>Intakes</Table.Th><Table.Th>Made</Table.Th><Table.Th>Expires</Table.Th><Table.Th>Last used</Table.Th><Table.Th /></Table.Tr></Table.Thead>
        <Table.Tbody>
          {list.map((k) => (
            <Table.Tr key={k.id}>
              <Table.Td>{visible(k.name)}</Table.Td>
              <Table.Td maw={260}>{k.role}{k.permissions.length > 0 && <Text size="xs" c="dimmed">{k.permissions.join(", ")}</Text>}</Table.Td>
              <Table.Td>{k.intakes.length === 0 ? "all" : visible(k.intakes.join(", "))}</Table.Td>
              <Table.Td><Time at={k.created} /><Text size="xs" c="dimmed">by {visible(k.maker)}</Text></Table.Td>
              <Table.Td>{k.expires ? <Time at={k.expires} /> : "never"}</Table.Td>
              <Table.Td>{k.used ? <Time at={k.used} /> : "never"}{k.address && <Text size="xs" c="dimmed" className="mono">{k.address}</Text>}</Table.Td>
              <Table.Td>
                {sure === k.id
                  ? <Button size="compact-xs" color="red" loading={remove.isPending} onClick={() => remove.mutate(k.id)}>Delete for good</Button>
                  : <Button size="compact-xs" variant="default" aria-label={`Delete the key ${k.name}`} onClick={() => setSure(k.id)}>Delete…</Button>}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
