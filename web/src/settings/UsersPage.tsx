import { Badge, Button, Group, ScrollArea, Stack, Table, Text, UnstyledButton } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { User } from "../api/client";
import { visible } from "../events/document";
import { Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { OneTime } from "./OneTime";
import { useUsers } from "./users/queries";
import { UserDrawer } from "./users/UserDrawer";

/** UsersPage is who may sign in, and as what. */
export function UsersPage() {
  const users = useUsers();
  const [edited, setEdited] = useState<User | "new">();
  const [link, setLink] = useState<{ name: string; link: string }>();
  if (users.isPending) return <Loading what="users" />;
  if (!users.data) return <Failure error={users.error} retry={() => void users.refetch()} />;
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end">
        <Text size="sm" c="dimmed" maw={640}>Who may sign in, and as what. The last administrator can be neither deleted nor demoted.</Text>
        <Button leftSection={<IconPlus size={15} />} onClick={() => setEdited("new")}>New user</Button>
      </Group>
      {link && <OneTime title={`The one-time link of ${link.name}`} about="Hand it on by a way that you trust. It opens the account once, within 24 hours, and is not shown again." value={link.link} onClose={() => setLink(undefined)} />}
      <section className="panel" aria-label="Users">
        <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
          <Table highlightOnHover fz="sm" verticalSpacing={7} horizontalSpacing="md" miw={760}>
            <Table.Thead><Table.Tr><Table.Th>Name</Table.Th><Table.Th>Role</Table.Th><Table.Th>Intakes</Table.Th><Table.Th>Second factor</Table.Th><Table.Th>Last sign-in</Table.Th><Table.Th>State</Table.Th></Table.Tr></Table.Thead>
            <Table.Tbody>
              {users.data.users.map((u) => (
                <Table.Tr key={u.id}>
                  <Table.Td>
                    <UnstyledButton onClick={() => setEdited(u)}><Text size="sm" c="var(--mantine-color-anchor)">{visible(u.name)}</Text></UnstyledButton>
                    {u.displayName && <Text size="xs" c="dimmed">{visible(u.displayName)}</Text>}
                  </Table.Td>
                  <Table.Td>{u.role}</Table.Td>
                  <Table.Td>{u.intakes.length === 0 ? "all" : visible(u.intakes.join(", "))}</Table.Td>
                  <Table.Td>{factors(u)}</Table.Td>
                  <Table.Td>{u.seen ? <Time at={u.seen} /> : "never"}</Table.Td>
                  <Table.Td><Badge variant="light" tt="none" color={u.disabled ? "gray" : u.hasPassphrase || u.external || u.passkeys > 0 ? "green" : "yellow"}>{u.disabled ? "disabled" : u.hasPassphrase || u.external || u.passkeys > 0 ? "active" : "invited"}</Badge></Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      </section>
      {users.data.users.length === 0 && <Text size="sm" c="dimmed">There is no user yet.</Text>}
      {edited && <UserDrawer user={edited === "new" ? undefined : edited} onClose={() => setEdited(undefined)} onLink={(name, l) => setLink({ name, link: l })} />}
    </Stack>
  );
}

function factors(u: User): string {
  if (u.external) return "the provider's";
  const list = [...(u.totp ? ["app"] : []), ...(u.passkeys > 0 ? [u.passkeys === 1 ? "passkey" : `${u.passkeys} passkeys`] : [])];
  return list.length > 0 ? list.join(", ") : "none";
}
