import { Button, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { addPasskey, passkeyProblem, passkeysWork } from "../../access/passkey";
import { useSession } from "../../access/session";
import { answer, api } from "../../api/client";
import type { Account } from "../../api/client";
import { Time } from "../../shared/Time";
import { Confirm } from "./Confirm";
import { RecoveryCodes } from "./RecoveryCodes";

/** Passkeys are the keys of the own account that lie in a device or a browser. */
export function Passkeys({ account }: { account: Account }) {
  const client = useQueryClient();
  const session = useSession();
  const [name, setName] = useState("");
  const [adding, setAdding] = useState(false);
  const [removed, setRemoved] = useState<number>();
  const [codes, setCodes] = useState<string[]>([]);
  const changed = () => client.invalidateQueries({ queryKey: ["account"] });
  const add = useMutation({
    mutationFn: (passphrase: string) => addPasskey(name.trim(), passphrase),
    onSuccess: (list) => {
      setAdding(false);
      setName("");
      setCodes(list);
      return changed();
    },
  });
  const remove = useMutation({
    mutationFn: (passphrase: string) => answer(api.POST("/api/v1/account/passkeys/{id}/remove", { params: { path: { id: removed ?? 0 } }, body: { passphrase } })),
    onSuccess: () => {
      setRemoved(undefined);
      return changed();
    },
  });
  const possible = session.data?.passkeys === true && passkeysWork();
  return (
    <section className="panel" aria-label="Passkeys">
      <h2>Passkeys</h2>
      <Stack gap="sm" p="md">
        <RecoveryCodes codes={codes} onClose={() => setCodes([])} />
        {account.passkeyList.length === 0 && <Text size="sm" c="dimmed">A passkey lets you sign in with a fingerprint, a face, a PIN or a security key; nobody can be tricked into giving it away.</Text>}
        {account.passkeyList.length > 0 && (
          <Table fz="sm">
            <Table.Thead><Table.Tr><Table.Th>Name</Table.Th><Table.Th>Made</Table.Th><Table.Th>Last used</Table.Th><Table.Th /></Table.Tr></Table.Thead>
            <Table.Tbody>
              {account.passkeyList.map((k) => (
                <Table.Tr key={k.id}>
                  <Table.Td>{k.name}</Table.Td><Table.Td><Time at={k.created} /></Table.Td><Table.Td>{k.used ? <Time at={k.used} /> : "never"}</Table.Td>
                  <Table.Td><Button size="compact-xs" variant="default" aria-label={`Remove the passkey ${k.name}`} onClick={() => setRemoved(k.id)}>Remove…</Button></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        {possible ? (
          <Group align="flex-end" gap="xs">
            <TextInput label="Name of a new one" placeholder="Laptop" maxLength={100} value={name} onChange={(e) => setName(e.currentTarget.value)} />
            <Button variant="default" disabled={name.trim() === ""} onClick={() => setAdding(true)}>Add…</Button>
          </Group>
        ) : <Text size="sm" c="dimmed">Passkeys work where the page has a name of its own and TLS (or localhost), in a browser that knows them.</Text>}
      </Stack>
      {adding && (
        <Confirm account={account} title="Add a passkey" action="Go on" busy={add.isPending} problem={add.error ? passkeyProblem(add.error) : undefined} onConfirm={(p) => add.mutate(p)} onClose={() => setAdding(false)}>
          First show that it is you; then the browser asks where the passkey is to lie.
        </Confirm>
      )}
      {removed !== undefined && (
        <Confirm account={account} title="Remove a passkey" action="Remove" busy={remove.isPending} problem={remove.error?.message} onConfirm={(p) => remove.mutate(p)} onClose={() => setRemoved(undefined)}>
          It does not let anybody in any more.
        </Confirm>
      )}
    </section>
  );
}
