import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useMay } from "../access/session";
import { answer, api } from "../api/client";
import { Failure, Loading } from "./states";
import { Time } from "./Time";

/** Incidents lists what went wrong with the delivery in the last seven days. */
export function Incidents() {
  const may = useMay("delivery.write");
  const incidents = useQuery({
    queryKey: ["incidents"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/incidents", { params: { query: { from: new Date(Date.now() - 7 * 86_400_000).toISOString() } }, signal })),
    refetchInterval: 10_000,
  });
  const acknowledge = useMutation({
    mutationFn: (id: string) => answer(api.POST("/api/v1/incidents/{id}/acknowledge", { params: { path: { id } } })),
    onSuccess: () => void incidents.refetch(),
    onError: (e: Error) => notifications.show({ color: "red", title: "This did not work", message: e.message }),
  });
  return (
    <section className="panel" aria-label="Incidents">
      <h2>Incidents of the last seven days</h2>
      {incidents.isPending && <Loading what="incidents" />}
      {incidents.isError && !incidents.data && <Failure error={incidents.error} retry={() => void incidents.refetch()} />}
      {incidents.data?.incidents.length === 0 && <Text p="md" size="sm" c="dimmed">None. Every message that the hubs held was read in order.</Text>}
      <Stack gap={0}>
        {incidents.data?.incidents.map((i) => (
          <div key={i.id} style={{ padding: "10px 14px", borderBottom: "1px solid var(--ps-line)" }}>
            <Group gap="xs">
              <Badge color={i.closed ? "gray" : "red"} variant="light" tt="none">{i.closed ? "over" : "open"}</Badge>
              <Text fw={600} size="sm">{i.kind}</Text>
              <Text size="sm" c="dimmed">
                {i.intake}{i.hub ? ` · ${i.hub}` : ""}{i.partition ? ` / ${i.partition}` : ""}{i.first !== undefined ? ` · ${i.first} to ${i.last ?? "?"}` : ""}
              </Text>
              <Time at={i.opened} />{i.closed && <>to <Time at={i.closed} /></>}
              {may && !i.closed && (
                <Button size="compact-xs" variant="default" ml="auto" loading={acknowledge.isPending && acknowledge.variables === i.id} onClick={() => acknowledge.mutate(i.id)}>
                  Acknowledge
                </Button>
              )}
            </Group>
            <Text size="sm" mt={3}>{i.message}</Text>
          </div>
        ))}
      </Stack>
    </section>
  );
}
