import { Anchor, Badge, Button, Group, ScrollArea, Select, Table, Text } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { useMay } from "../../access/session";
import type { Delivery, NotificationTarget } from "../../api/client";
import { visible } from "../../events/document";
import { one, withParam } from "../../shared/address";
import { Failure, Loading } from "../../shared/states";
import { Time } from "../../shared/Time";
import { useDeliveries, useRetryDelivery } from "./queries";

const states = ["pending", "sent", "failed", "dropped"] as const;
const colour: Record<Delivery["state"], string> = { pending: "blue", sent: "green", failed: "red", dropped: "gray" };

/** Deliveries are what was sent lately and what came of it. Which are shown is in the address. */
export function Deliveries({ targets }: { targets: NotificationTarget[] }) {
  const [params, setParams] = useSearchParams();
  const target = Number(params.get("target")) || 0;
  const state = one(params, "state", ["", ...states], "");
  const deliveries = useDeliveries(target, state || undefined);
  const retry = useRetryDelivery();
  const write = useMay("settings.write");
  const choose = (name: string, value: string | null) => setParams((old) => withParam(old, name, [value ?? ""]), { replace: true });
  return (
    <section className="panel" aria-label="Deliveries">
      <h2>
        <Group justify="space-between" component="span" gap="xs">
          The latest deliveries
          <Group gap="xs" component="span">
            <Select size="xs" w={160} aria-label="Target" value={target ? String(target) : ""} allowDeselect={false} data={[{ value: "", label: "All targets" }, ...targets.map((t) => ({ value: String(t.id), label: t.name }))]} onChange={(v) => choose("target", v)} />
            <Select size="xs" w={130} aria-label="State" value={state} allowDeselect={false} data={[{ value: "", label: "Any state" }, ...states.map((s) => ({ value: s, label: s }))]} onChange={(v) => choose("state", v)} />
          </Group>
        </Group>
      </h2>
      {deliveries.isPending && <Loading what="deliveries" />}
      {deliveries.isError && !deliveries.data && <Failure error={deliveries.error} retry={() => void deliveries.refetch()} />}
      {deliveries.data?.deliveries.length === 0 && <Text p="md" size="sm" c="dimmed">{target || state ? "None is like that." : "Nothing was sent yet. An alert is told of when it is raised, opened again or becomes more urgent."}</Text>}
      {deliveries.data && deliveries.data.deliveries.length > 0 && (
        <ScrollArea.Autosize mah={520} type="auto" viewportProps={{ tabIndex: 0 }}>
          <Table highlightOnHover stickyHeader verticalSpacing={5} horizontalSpacing="md" fz="sm" miw={780}>
            <Table.Thead><Table.Tr><Table.Th>When</Table.Th><Table.Th>Target</Table.Th><Table.Th>Alert</Table.Th><Table.Th>About</Table.Th><Table.Th>State</Table.Th><Table.Th className="numeric">Attempts</Table.Th><Table.Th>What it says</Table.Th><Table.Th aria-label="Actions" /></Table.Tr></Table.Thead>
            <Table.Tbody>
              {deliveries.data.deliveries.map((d) => (
                <Table.Tr key={d.id}>
                  <Table.Td><Time at={d.created} /></Table.Td>
                  <Table.Td>{visible(targets.find((t) => t.id === d.target)?.name ?? `target ${d.target}`)}</Table.Td>
                  <Table.Td><Anchor component={Link} to={`/alerts/${d.alert}`} size="sm" underline="always">{d.alert}</Anchor></Table.Td>
                  <Table.Td>{d.kind}</Table.Td>
                  <Table.Td><Badge color={colour[d.state]} variant="light" tt="none">{d.state}</Badge></Table.Td>
                  <Table.Td className="numeric">{d.attempts}</Table.Td>
                  <Table.Td maw={420} style={{ overflowWrap: "anywhere" }}>{d.due && d.attempts > 0 ? <>Next try at <Time at={d.due} />. </> : null}{visible(d.problem ?? "")}</Table.Td>
                  <Table.Td ta="right">{write && (d.state === "failed" || d.state === "dropped") && <Button size="compact-xs" variant="light" loading={retry.isPending && retry.variables === d.id} onClick={() => retry.mutate(d.id)}>Retry</Button>}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea.Autosize>
      )}
    </section>
  );
}
