import { Anchor, Button, Checkbox, Code, Collapse, Group, NumberInput, Stack, Table, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import type { AzureTable, CapacityPlan, DeploymentOptions, PlanOrder } from "../../api/client";
import { Copy } from "../../shared/Copy";
import { count } from "../../time/format";
import { usePlan } from "./queries";
import { TableChoice } from "./TableChoice";

const asked = [
  { field: "devices", label: "Devices", about: "With Defender for Endpoint" }, { field: "users", label: "Users", about: "In the directory" },
  { field: "mailboxes", label: "Mailboxes", about: "With Defender for Office 365" }, { field: "workloads", label: "Workloads", about: "That Defender for Cloud watches" },
] as const;

/** PlanForm asks how large the tenant is, or takes what was measured, and shows what follows with its arithmetic. */
export function PlanForm({ tables, onSized }: { tables: readonly AzureTable[]; onSized: (o: Partial<DeploymentOptions>) => void }) {
  const [order, setOrder] = useState<PlanOrder>({ devices: 500, users: 500, mailboxes: 500 });
  const [result, setResult] = useState("");
  const plan = usePlan();
  const send = () => plan.mutate({ ...order, ...(result.trim() === "" ? {} : { result }) }, { onSuccess: (made) => onSized(made.options) });
  return (
    <form aria-label="Size" onSubmit={(e) => {
      e.preventDefault();
      send();
    }}>
      <Stack gap="sm">
        <Group align="flex-start">
          {asked.map((a) => (
            <NumberInput key={a.field} label={a.label} description={a.about} w={190} min={0} max={10_000_000} allowDecimal={false} value={order[a.field] ?? 0} onChange={(v) => setOrder({ ...order, [a.field]: Number(v) })} />
          ))}
        </Group>
        <TableChoice tables={tables} chosen={order.tables ?? []} onChosen={(chosen) => setOrder({ ...order, tables: chosen })} />
        <Checkbox
          label="Each table gets a hub of its own" description="Tables can be read, and kept, apart from each other. Some 10 tables fit into Standard; more want Premium, which costs more. One intake reads all of the hubs."
          checked={order.perTable ?? false} onChange={(e) => setOrder({ ...order, perTable: e.currentTarget.checked })}
        />
        <Textarea
          label="What was measured" description="Better than an estimate: run the query that stands below the plan in Advanced hunting, and paste its result as the portal exports it, CSV or JSON." descriptionProps={{ fz: "xs" }} className="mono"
          rows={2} spellCheck={false} value={result} onChange={(e) => setResult(e.currentTarget.value)}
        />
        <Group><Button type="submit" size="xs" loading={plan.isPending}>Say how large</Button></Group>
        {plan.isError && <Text size="sm" role="alert" c="var(--ps-bad)">{plan.error.message}</Text>}
        {plan.data && <Outcome plan={plan.data} />}
      </Stack>
    </form>
  );
}

function Outcome({ plan }: { plan: CapacityPlan }) {
  const [open, setOpen] = useState(false);
  const unit = plan.tier === "Premium" ? "processing units" : "throughput units";
  return (
    <Stack gap="xs" role="region" aria-label="Plan">
      <Text fw={560}>
        {plan.tier}, {plan.units} {unit}{plan.maxUnits ? `, growing by itself up to ${plan.maxUnits}` : ""}, {plan.partitions} partitions, kept for {plan.retentionDays} days
      </Text>
      <Text size="sm">About {count(Math.round(plan.dailyEvents))} events and {plan.dailyGB.toFixed(1)} GB a day. The deployment below has this size now.</Text>
      {plan.reasons.map((r) => <Text key={r} size="sm" c="dimmed">{r}</Text>)}
      <Anchor component="button" type="button" size="sm" aria-expanded={open} onClick={() => setOpen(!open)} style={{ alignSelf: "flex-start" }}>The arithmetic, the costs, and the query that measures</Anchor>
      <Collapse expanded={open}>
        <Table.ScrollContainer minWidth={480}>
          <Table>
            <Table.Tbody>
              {plan.lines.map((l) => <Table.Tr key={l.what}><Table.Td>{l.what}</Table.Td><Table.Td className="mono">{l.how}</Table.Td><Table.Td className="mono">{l.is}</Table.Td></Table.Tr>)}
              {plan.costs.map((c) => <Table.Tr key={c.what}><Table.Td>Cost: {c.what}</Table.Td><Table.Td>{c.note}</Table.Td><Table.Td className="mono">{count(Math.round(c.amount))} {c.unit} a month</Table.Td></Table.Tr>)}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        <Group justify="space-between" mt="sm"><Text size="sm">Measures the tenant's own volume</Text><Copy text={plan.query} what="the query that measures" /></Group>
        <Code block tabIndex={0} style={{ overflowX: "auto", maxHeight: 220 }}>{plan.query}</Code>
      </Collapse>
    </Stack>
  );
}
