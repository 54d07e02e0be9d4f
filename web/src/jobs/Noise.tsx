import { Text } from "@mantine/core";
import { useMemo } from "react";
import type { Job, JobNoise } from "../api/client";
import { useZone } from "../app/preferences";
import { Failure, Loading } from "../shared/states";
import { binned, startsOf, stepFor } from "../shared/timebars";
import type { TimeBars } from "../shared/timebars";
import { TimeBarsChart } from "../shared/TimeBarsChart";
import { series } from "../theme";
import { count } from "../time/format";
import type { Zone } from "../time/format";
import { useJobNoise } from "./queries";

/** Noise shows how often rules matched over the time range of a job. */
export function Noise({ job, rule = "" }: { job: Job; rule?: string }) {
  const noise = useJobNoise(job, rule);
  const { zone } = useZone();
  const data = useMemo(() => noise.data && barsOf(job, noise.data, zone), [job, noise.data, zone]);
  if (noise.isPending) return <Loading what="matches over time" />;
  if (!data) return noise.error ? <Failure error={noise.error} retry={() => void noise.refetch()} /> : null;
  const total = noise.data?.buckets.reduce((n, b) => n + b.matches, 0) ?? 0;
  const days = (Date.parse(job.work.to) - Date.parse(job.work.from)) / 86_400_000;
  return (
    <>
      <TimeBarsChart data={data} label="Matches over time" />
      <Text size="sm" c="dimmed" px={6} pb={6}>{count(total)} {total === 1 ? "match" : "matches"} in all{days >= 1 && `, ${perDay(total / days)} a day`}.</Text>
    </>
  );
}

/** perDay writes a rate so that a rare one is not nothing. */
export function perDay(n: number): string {
  return n === 0 ? "none" : n < 0.1 ? "less than 0.1" : n < 10 ? String(Math.round(n * 10) / 10) : count(Math.round(n));
}

function barsOf(job: Job, noise: JobNoise, zone: Zone): TimeBars {
  const from = new Date(job.work.from);
  const to = new Date(job.work.to);
  const seconds = stepFor(from, to, noise.intervalSeconds);
  const starts = startsOf(from, to, seconds, zone);
  return { starts, seconds, unit: "matches", bars: [{ name: "matches", colour: series[0] ?? "", counts: binned(noise.buckets, starts, seconds, (b) => b.start, (b) => b.matches) }] };
}
