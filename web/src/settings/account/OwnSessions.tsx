import { Button, Group } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { failed } from "../../shared/failed";
import { Failure, Loading } from "../../shared/states";
import { SessionTable } from "./SessionTable";

const key = ["account", "sessions"];

/** OwnSessions is where the own account is signed in. */
export function OwnSessions() {
  const client = useQueryClient();
  const sessions = useQuery({ queryKey: key, queryFn: ({ signal }) => answer(api.GET("/api/v1/account/sessions", { signal })) });
  const again = () => client.invalidateQueries({ queryKey: key });
  const end = useMutation({ mutationFn: (id: number) => answer(api.DELETE("/api/v1/account/sessions/{id}", { params: { path: { id } } })), onError: failed, onSettled: again });
  const endOthers = useMutation({ mutationFn: () => answer(api.DELETE("/api/v1/account/sessions")), onError: failed, onSettled: again });
  return (
    <section className="panel" aria-label="Sessions">
      <h2>
        <Group justify="space-between" component="span">
          Where you are signed in
          {(sessions.data?.sessions.length ?? 0) > 1 && <Button size="compact-xs" variant="default" loading={endOthers.isPending} onClick={() => endOthers.mutate()}>End all others</Button>}
        </Group>
      </h2>
      {sessions.isPending && <Loading what="sessions" />}
      {sessions.isError && !sessions.data && <Failure error={sessions.error} retry={() => void sessions.refetch()} />}
      {sessions.data && <SessionTable sessions={sessions.data.sessions} busy={end.isPending ? end.variables : undefined} onEnd={(id) => end.mutate(id)} />}
    </section>
  );
}
