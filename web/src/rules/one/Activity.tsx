import { SegmentedControl, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import type { RuleHour } from "../../api/client";
import { useZone } from "../../app/preferences";
import { one, withParam } from "../../shared/address";
import { Failure, Loading } from "../../shared/states";
import { binned, startsOf, stepFor } from "../../shared/timebars";
import type { TimeBars } from "../../shared/timebars";
import { TimeBarsChart } from "../../shared/TimeBarsChart";
import { series, seriesOther } from "../../theme";
import { count } from "../../time/format";
import type { Zone } from "../../time/format";
import { useRuleActivity } from "../queries";
import { Panel } from "./Panel";

const spans = ["1", "7", "30", "90"] as const;
const hour = 3_600_000;

/** Activity shows how often a rule matched. The time span is in the page's address. */
export function Activity({ id }: { id: string }) {
  const [params, setParams] = useSearchParams();
  const span = one(params, "days", spans, "30");
  // Whole hours, so that the question stays the same for as long as its answer does.
  const [to] = useState(() => new Date(Math.ceil(Date.now() / hour) * hour));
  const from = useMemo(() => new Date(to.getTime() - Number(span) * 24 * hour), [to, span]);
  const { zone } = useZone();
  const activity = useRuleActivity(id, from, to);
  const hours = activity.data?.hours;
  const data = useMemo(() => hours && barsOf(hours, from, to, zone), [hours, from, to, zone]);
  const sum = (of: (h: RuleHour) => number) => hours?.reduce((n, h) => n + of(h), 0) ?? 0;
  const suppressed = sum((h) => h.suppressed);
  return (
    <Panel
      title="Matches over time"
      actions={<SegmentedControl size="xs" aria-label="Time span" value={span} onChange={(v) => setParams((old) => withParam(old, "days", v === "30" ? [] : [v]), { replace: true })} data={spans.map((s) => ({ value: s, label: s === "1" ? "24 h" : `${s} d` }))} />}
    >
      {activity.isPending && <Loading what="matches over time" />}
      {activity.isError && !activity.data && <Failure error={activity.error} retry={() => void activity.refetch()} />}
      {data && hours && (hours.length > 0
        ? <TimeBarsChart data={data} label="Matches over time" />
        : <Text size="sm" c="dimmed">It has not matched in {span === "1" ? "24 hours" : `${span} days`}. A test over stored events says whether it would have before it was enabled.</Text>)}
      {hours && hours.length > 0 && (
        <Text size="sm" c="dimmed">
          {count(sum((h) => h.matches))} matches, {count(sum((h) => h.alerts))} new alerts{suppressed > 0 && `; ${count(suppressed)} matches were only counted, because the rule was noisy`}.
        </Text>
      )}
    </Panel>
  );
}

function barsOf(hours: RuleHour[], from: Date, to: Date, zone: Zone): TimeBars {
  const seconds = stepFor(from, to, 3_600);
  const starts = startsOf(from, to, seconds, zone);
  const counts = (of: (h: RuleHour) => number) => binned(hours, starts, seconds, (h) => h.time, of);
  const bars = [{ name: "matches", colour: series[0] ?? "", counts: counts((h) => h.matches - h.suppressed) }];
  if (hours.some((h) => h.suppressed > 0)) bars.push({ name: "only counted", colour: seriesOther, counts: counts((h) => h.suppressed) });
  return { starts, seconds, unit: "matches", bars };
}
