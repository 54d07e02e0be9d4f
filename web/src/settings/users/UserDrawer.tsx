import { Alert, Button, Drawer, Group, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { answer, api } from "../../api/client";
import type { User } from "../../api/client";
import { failed } from "../../shared/failed";
import { Loading } from "../../shared/states";
import { SessionTable } from "../account/SessionTable";
import { useUserChange, useUserDelete, useUserReset, useUserSessions } from "./queries";
import type { Role } from "./queries";
import { RightsFields } from "./RightsFields";

interface Props {
  user: User | undefined;
  onClose: () => void;
  onLink: (name: string, link: string) => void;
}

/** UserDrawer adds a user, or changes one. */
export function UserDrawer({ user, onClose, onLink }: Props) {
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={user ? user.name : "New user"}>
      {user ? <Change user={user} onClose={onClose} onLink={onLink} /> : <Create onClose={onClose} onLink={onLink} />}
    </Drawer>
  );
}

function Create({ onClose, onLink }: Omit<Props, "user">) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [role, setRole] = useState<Role>("analyst");
  const [intakes, setIntakes] = useState<string[]>([]);
  const create = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/users", { body: { name: name.trim(), displayName: displayName.trim(), role, intakes } })),
    onSuccess: (made) => {
      onLink(made.user.name, made.link);
      onClose();
      return client.invalidateQueries({ queryKey: ["users"] });
    },
  });
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    create.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput label="Name" description="To sign in with: letters, digits and . _ @ + -" required data-autofocus maxLength={128} value={name} onChange={(e) => setName(e.currentTarget.value)} error={create.error?.message} />
        <TextInput label="Full name" maxLength={100} value={displayName} onChange={(e) => setDisplayName(e.currentTarget.value)} />
        <RightsFields role={role} intakes={intakes} onRole={setRole} onIntakes={setIntakes} />
        <Text size="sm" c="dimmed">You get a one-time link to hand on, behind which a passphrase is chosen.</Text>
        <Button type="submit" loading={create.isPending} disabled={name.trim() === ""}>Add</Button>
      </Stack>
    </form>
  );
}

function Change({ user, onClose, onLink }: Omit<Props, "user"> & { user: User }) {
  const [displayName, setDisplayName] = useState(user.displayName);
  const [role, setRole] = useState<Role>(user.role);
  const [intakes, setIntakes] = useState<string[]>(user.intakes);
  const [disabled, setDisabled] = useState(user.disabled);
  const [sure, setSure] = useState<"delete" | "reset">();
  const change = useUserChange();
  const remove = useUserDelete();
  const reset = useUserReset();
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    change.mutate({ id: user.id, change: { displayName: displayName.trim(), intakes, disabled, ...(user.external ? {} : { role }) } }, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {change.error && <Alert color="red" role="alert">{change.error.message}</Alert>}
        {user.external && <Alert color="blue">Signs in by OpenID Connect, whose provider says the role.</Alert>}
        <TextInput label="Full name" maxLength={100} value={displayName} onChange={(e) => setDisplayName(e.currentTarget.value)} />
        <RightsFields role={role} intakes={intakes} onRole={setRole} onIntakes={setIntakes} />
        <Switch label="May sign in" checked={!disabled} onChange={(e) => setDisabled(!e.currentTarget.checked)} />
        <Button type="submit" loading={change.isPending}>Save</Button>
        <Sessions user={user} />
        <Group gap="xs">
          {!user.external && <Button variant="default" onClick={() => setSure("reset")}>Reset the sign-in…</Button>}
          <Button variant="default" onClick={() => setSure("delete")}>Delete…</Button>
        </Group>
        {sure === "reset" && (
          <Alert color="yellow" title="Reset the sign-in?">
            <Text size="sm" mb="xs">Passphrase, second factors and sessions go; you get a one-time link to hand on.</Text>
            <Button
              size="xs" loading={reset.isPending} onClick={() => reset.mutate(user.id, {
                onSuccess: (made) => {
                  onLink(user.name, made.link);
                  onClose();
                },
              })}
            >
              Reset
            </Button>
          </Alert>
        )}
        {sure === "delete" && (
          <Alert color="red" title={`Delete ${user.name}?`}>
            <Text size="sm" mb="xs">Histories and comments keep the name.</Text>
            <Button size="xs" color="red" loading={remove.isPending} onClick={() => remove.mutate(user.id, { onSuccess: onClose })}>Delete</Button>
          </Alert>
        )}
      </Stack>
    </form>
  );
}

function Sessions({ user }: { user: User }) {
  const sessions = useUserSessions(user.id);
  const end = useMutation({
    mutationFn: (session: number) => answer(api.DELETE("/api/v1/users/{id}/sessions/{session}", { params: { path: { id: user.id, session } } })),
    onError: failed,
    onSettled: () => sessions.refetch(),
  });
  return (
    <section className="panel" aria-label={`Sessions of ${user.name}`}>
      <h2>Where {user.name} is signed in</h2>
      {sessions.isPending ? <Loading what="sessions" /> : <SessionTable sessions={sessions.data?.sessions ?? []} busy={end.isPending ? end.variables : undefined} onEnd={(id) => end.mutate(id)} />}
    </section>
  );
}
