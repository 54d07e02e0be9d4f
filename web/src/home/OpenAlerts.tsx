import { Anchor, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { bands } from "../alerts/words";
import type { AlertShare } from "../api/client";
import { visible } from "../events/document";
import { Level } from "../shared/Level";
import { count } from "../time/format";
import { useCounts, useOverview } from "./queries";
import css from "./OpenAlerts.module.css";

const shown = 7;

/** Urgency is how many alerts are open, by band. */
export function Urgency() {
  const counts = useCounts();
  const open = counts.data?.open ?? {};
  const most = Math.max(1, ...Object.values(open));
  return (
    <Card title="Open alerts by urgency" all="/alerts">
      {bands.map((band) => (
        <Row key={band} to={`/alerts?urgency=${band}`} part={(open[band] ?? 0) / most} alerts={open[band] ?? 0} loud={band === "critical" || band === "high"}>
          <Level level={band}>{band}</Level>
        </Row>
      ))}
    </Card>
  );
}

/** Rules are those with most open alerts. */
export function Rules() {
  const o = useOverview();
  return <Shares title="Top rules" list={o.data?.rules} none="No rule has an open alert." to={(s) => `/alerts?rule=${encodeURIComponent(s.id ?? "")}`} />;
}

/** Hosts are those with most open alerts. */
export function Hosts() {
  const o = useOverview();
  return <Shares title="Top hosts" list={o.data?.hosts} none="No host has an open alert." to={(s) => `/alerts?host=${encodeURIComponent(s.name ?? "")}`} />;
}

/** Tactics are those of ATT&CK that open alerts are about. */
export function Tactics() {
  const o = useOverview();
  return <Shares title="ATT&CK tactics seen" list={o.data?.tactics} none="No open alert names a tactic." to={(s) => `/alerts?tactic=${encodeURIComponent(s.id ?? "")}`} />;
}

function Shares({ title, list, none, to }: { title: string; list: AlertShare[] | undefined; none: string; to: (s: AlertShare) => string }) {
  const most = Math.max(1, ...(list ?? []).map((s) => s.alerts));
  return (
    <Card title={title}>
      {list?.length === 0 && <Text size="sm" c="dimmed">{none}</Text>}
      {list?.slice(0, shown).map((s) => (
        <Row key={`${s.id ?? ""}/${s.name ?? ""}`} to={to(s)} part={s.alerts / most} alerts={s.alerts} loud={s.urgent > 0}>{visible(s.name ?? s.id ?? "")}</Row>
      ))}
    </Card>
  );
}

function Card({ title, all, children }: { title: string; all?: string; children: ReactNode }) {
  return (
    <section className="panel" aria-label={title} style={{ height: "100%" }}>
      <h2><Group justify="space-between" component="span" gap="xs">{title}{all && <Anchor component={Link} to={all} size="xs" fw={500}>All</Anchor>}</Group></h2>
      <Stack gap={2} p="xs">{children}</Stack>
    </section>
  );
}

/** Row is one bar that leads to its alerts; a loud one has urgent alerts among them. */
function Row({ to, part, alerts, loud, children }: { to: string; part: number; alerts: number; loud: boolean; children: ReactNode }) {
  return (
    <Link to={to} className={css.row} title={typeof children === "string" ? children : undefined}>
      <span className={css.bar} data-loud={loud || undefined} style={{ width: `${100 * part}%` }} aria-hidden />
      <span className={css.name}>{children}</span>
      <span className={css.count}>{count(alerts)}</span>
    </Link>
  );
}
