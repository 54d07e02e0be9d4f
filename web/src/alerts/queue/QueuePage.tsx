import { Anchor, Button } from "@mantine/core";
import { useCallback, useMemo, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { useMay } from "../../access/session";
import { useName } from "../../app/preferences";
import { toggled } from "../../shared/address";
import { Empty, Failure, Loading } from "../../shared/states";
import { useKeys } from "../../shared/useKeys";
import { CloseDialogue } from "../CloseDialogue";
import { KeysHelp } from "../KeysHelp";
import { useAlertCounts, useAlerts, useAlertsEdit } from "../queries";
import { isFiltered, readAlertsView, writeAlertsView } from "../view";
import type { AlertsView } from "../view";
import { AlertList } from "./AlertList";
import { BulkBar } from "./BulkBar";
import { FilterBar } from "./FilterBar";
import { useSteady } from "./useSteady";

const readingKeys: [string[], string][] = [[["j", "↓"], "Next alert"], [["k", "↑"], "Alert before"], [["Enter"], "Open the alert"], [["/"], "Search"], [["?"], "These keys"]];
const workingKeys: [string[], string][] = [
  [["x"], "Select it, or no longer"], [["a"], "Acknowledge it, or all that are selected"], [["c"], "Close it, or all that are selected, with a verdict"],
  [["m"], "Assign it to me, or all that are selected"], [["Esc"], "Select nothing"],
];

/** QueuePage is the alerts to work through. What it shows is in its address. */
export function QueuePage() {
  const [params, setParams] = useSearchParams();
  const view = useMemo(() => readAlertsView(params), [params]);
  const change = useCallback((part: Partial<AlertsView>) => setParams((old) => writeAlertsView({ ...readAlertsView(old), ...part })), [setParams]);
  const query = useAlerts(view);
  return (
    <>
      <FilterBar view={view} change={change} />
      {query.isPending && <Loading what="alerts" />}
      {query.isError && !query.data && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.data && <Queue query={query} pages={query.data.pages} view={view} onAll={() => setParams({})} />}
    </>
  );
}

type Query = ReturnType<typeof useAlerts>;

function Queue({ query, pages, view, onAll }: { query: Query; pages: NonNullable<Query["data"]>["pages"]; view: AlertsView; onAll: () => void }) {
  const navigate = useNavigate();
  const [name] = useName();
  const work = useMay("alerts.work");
  const edit = useAlertsEdit();
  const [chosen, setChosen] = useState<number[]>([]);
  const [still, setStill] = useState(false);
  const [closing, setClosing] = useState<number[]>();
  const [help, setHelp] = useState(false);
  const address = writeAlertsView(view).toString();
  const all = useMemo(() => pages.flatMap((p) => p.alerts), [pages]);
  const { alerts, held, release } = useSteady(all, address, still || chosen.length > 0);
  const [at, setAt] = useState<{ id: number; index: number }>();
  const found = at ? alerts.findIndex((a) => a.id === at.id) : -1;
  // Where the one that was active is gone, the one that took its place is.
  const index = !at ? -1 : found >= 0 ? found : Math.min(at.index, alerts.length - 1);
  const active = alerts[index];
  const selected = useMemo(() => {
    const there = new Set(alerts.map((a) => a.id));
    return chosen.filter((id) => there.has(id));
  }, [alerts, chosen]);
  const move = (to: number) => {
    const next = Math.max(0, Math.min(alerts.length - 1, to));
    const alert = alerts[next];
    if (alert) setAt({ id: alert.id, index: next });
  };
  const toggle = useCallback((id: number, i: number) => {
    setAt({ id, index: i });
    setChosen((old) => toggled(old, id));
  }, []);
  const open = (id: number) => void navigate(`/alerts/${id}`, { state: { queue: address } });
  const meant = selected.length > 0 ? selected : active ? [active.id] : [];
  const change = (e: Parameters<typeof edit.mutate>[0]["edit"]) => {
    if (meant.length > 0) edit.mutate({ ids: meant, edit: e }, { onSuccess: () => setChosen([]) });
  };
  useKeys({
    j: () => move(index + 1),
    k: () => move(index - 1),
    "?": () => setHelp(true),
    ...(work && {
      x: () => active && setChosen(toggled(chosen, active.id)),
      a: () => change({ status: "acknowledged" }),
      m: () => name.trim() && change({ assignee: name.trim() }),
      c: () => meant.length > 0 && setClosing(meant),
    }),
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  return (
    <>
      <BulkBar ids={selected} alerts={alerts} onClose={() => setClosing(selected)} onDone={() => setChosen([])} />
      {alerts.length === 0 ? <Nothing view={view} onAll={onAll} /> : (
        <AlertList
          alerts={alerts} active={index} selected={selected} held={held} more={hasNextPage} loadingMore={isFetchingNextPage} onMore={more}
          onSelect={work ? setChosen : undefined} onToggle={work ? toggle : undefined} onMove={move} onOpen={open} onRelease={release} onStill={setStill} queue={address}
        />
      )}
      {closing && <CloseDialogue many={closing.length} busy={edit.isPending} onCancel={() => setClosing(undefined)} onClose={(verdict, comment) => edit.mutate({ ids: closing, edit: { status: "closed", verdict, ...(comment ? { comment } : {}) } }, { onSuccess: () => { setClosing(undefined); setChosen([]); } })} />}
      <KeysHelp keys={work ? [...readingKeys, ...workingKeys] : readingKeys} opened={help} onClose={() => setHelp(false)} />
    </>
  );
}

/** Nothing says why the queue is empty, and on the first day what to do. */
function Nothing({ view, onAll }: { view: AlertsView; onAll: () => void }) {
  const counts = useAlertCounts(readAlertsView(new URLSearchParams()));
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
