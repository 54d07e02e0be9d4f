import { Anchor, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useName } from "../app/preferences";
import { toggled } from "../shared/address";
import { PageHeader } from "../shared/PageHeader";
import { Empty, Failure, Loading } from "../shared/states";
import { count } from "../time/format";
import { AlertList } from "./AlertList";
import { BulkBar } from "./BulkBar";
import { useAlertCounts, useAlerts } from "./queries";
import { isFiltered, readAlertsView, sorts, writeAlertsView } from "./view";
import type { AlertsView } from "./view";
import { bands, statuses, statusName } from "./words";

const sortName: Record<AlertsView["sort"], string> = { urgency: "Most urgent", updated: "Latest changed", created: "Latest raised", occurrences: "Most occurrences" };

/** AlertsPage is the queue of alerts. What it shows is in its address. */
export function AlertsPage() {
  const [params, setParams] = useSearchParams();
  const view = useMemo(() => readAlertsView(params), [params]);
  const change = useCallback((part: Partial<AlertsView>) => setParams((old) => writeAlertsView({ ...readAlertsView(old), ...part })), [setParams]);
  const alerts = useAlerts(view);
  const [chosen, setChosen] = useState<number[]>([]);
  const list = useMemo(() => alerts.data?.pages.flatMap((p) => p.alerts) ?? [], [alerts.data]);
  const selected = chosen.filter((id) => list.some((a) => a.id === id));
  return (
    <>
      <PageHeader title="Alerts" about="What the rules and Microsoft Defender have found, the most urgent first." />
      <Stack gap="sm">
        <Filters view={view} change={change} />
        {alerts.isPending && <Loading what="alerts" />}
        {alerts.isError && !alerts.data && <Failure error={alerts.error} retry={() => void alerts.refetch()} />}
        {alerts.data && (list.length === 0 ? <Nothing view={view} onAll={() => setParams({})} /> : (
          <>
            <BulkBar ids={selected} onDone={() => setChosen([])} />
            <AlertList alerts={list} selected={selected} onSelect={setChosen} />
            {alerts.hasNextPage && <Button variant="default" loading={alerts.isFetchingNextPage} onClick={() => void alerts.fetchNextPage()}>Show more</Button>}
          </>
        ))}
      </Stack>
    </>
  );
}

function Filters({ view, change }: { view: AlertsView; change: (part: Partial<AlertsView>) => void }) {
  const counts = useAlertCounts();
  const [name] = useName();
  const [text, setText] = useState(view.text);
  const search = useDebouncedCallback((value: string) => change({ text: value.trim() }), 300);
  const mine = name.trim();
  const others = (["rule", "host", "user", "technique"] as const).filter((n) => view[n]);
  return (
    <Group gap="md" align="flex-end">
      <TextInput
        label="Text" w={260} placeholder="Title, host, user, address" maxLength={256} leftSection={<IconSearch size={14} />} value={text}
        onChange={(e) => {
          setText(e.currentTarget.value);
          search(e.currentTarget.value);
        }}
      />
      <Toggles name="Status" values={statuses} label={(s) => statusName[s]} counts={counts.data?.status} chosen={view.status} onChange={(status) => change({ status })} />
      <Toggles name="Urgency" values={bands} label={(b) => b} counts={counts.data?.open} chosen={view.urgency} onChange={(urgency) => change({ urgency })} />
      <Select
        label="Assignee" w={150} value={view.assignee} onChange={(assignee) => change({ assignee: assignee ?? "" })} allowDeselect={false}
        data={[
          { value: "", label: "Anybody" }, { value: "-", label: "Nobody" }, ...(mine ? [{ value: mine, label: "Me" }] : []),
          ...(view.assignee && view.assignee !== "-" && view.assignee !== mine ? [{ value: view.assignee, label: view.assignee }] : []),
        ]}
      />
      <Select label="Order" w={170} value={view.sort} allowDeselect={false} data={sorts.map((s) => ({ value: s, label: sortName[s] }))} onChange={(s) => change({ sort: sorts.find((k) => k === s) ?? "urgency" })} />
      {others.map((n) => (
        <Button key={n} variant="light" aria-label={`Remove the filter for ${n} ${view[n]}`} onClick={() => change({ [n]: "" })}>{n}: {view[n]} ✕</Button>
      ))}
    </Group>
  );
}

/** Toggles choose among a few values; none chosen means all. */
function Toggles<T extends string>({ name, values, label, counts, chosen, onChange }: {
  name: string; values: readonly T[]; label: (value: T) => string; counts: Record<string, number> | undefined; chosen: T[]; onChange: (chosen: T[]) => void;
}) {
  return (
    <div role="group" aria-label={name}>
      <Text size="sm" fw={500} mb={3}>{name}</Text>
      <Button.Group>
        {values.map((v) => (
          <Button key={v} px="xs" variant={chosen.includes(v) ? "filled" : "default"} aria-pressed={chosen.includes(v)} onClick={() => onChange(toggled(chosen, v))}>
            {label(v)}{counts && <Text span size="xs" ml={6} c={chosen.includes(v) ? "inherit" : "dimmed"}>{count(counts[v] ?? 0)}</Text>}
          </Button>
        ))}
      </Button.Group>
    </div>
  );
}

/** Nothing says why the queue is empty, and on the first day what to do. */
function Nothing({ view, onAll }: { view: AlertsView; onAll: () => void }) {
  const counts = useAlertCounts();
  const ever = Object.values(counts.data?.status ?? {}).reduce((sum, n) => sum + n, 0);
  return (
    <section className="panel">
      {isFiltered(view) ? (
        <Empty title="No alert fits">
          <Button variant="light" mt="xs" onClick={onAll}>Show everything that is open</Button>
        </Empty>
      ) : ever > 0 ? (
        <Empty title="Nothing is open">Every alert is closed. New ones appear here by themselves.</Empty>
      ) : (
        <Empty title="No alert yet">
          Alerts appear here by themselves when an event fulfils an enabled rule, or Microsoft Defender raises one. See on <Anchor component={Link} to="/intakes" underline="always">Intakes</Anchor> whether
          events arrive, and on <Anchor component={Link} to="/rules" underline="always">Rules</Anchor> which rules are enabled and whether what arrives can answer them.
        </Empty>
      )}
    </section>
  );
}
