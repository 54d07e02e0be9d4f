import type { AlertStatistics } from "../api/client";
import { duration } from "../time/format";
import css from "./AlertsLayout.module.css";
import { useStatistics } from "./queries";

/** Days that the strip is about. */
const days = 30;

/** Waits is how long alerts waited lately until somebody took them, and until they were closed. */
export function Waits() {
  const statistics = useStatistics(days);
  const s = statistics.data;
  if (!s) return null;
  return (
    <dl className={css.waits} aria-label={`Waiting times of the last ${days} days`}>
      <Wait name="To acknowledge" of={s.toAcknowledge} />
      <Wait name="To close" of={s.toClose} />
    </dl>
  );
}

function Wait({ name, of }: { name: string; of: AlertStatistics["toClose"] }) {
  return (
    <div title={`${of.count} alerts of the last ${days} days`}>
      <dt>{name}</dt>
      <dd>{of.count === 0 ? "none yet" : <>half within <b>{duration(of.p50)}</b>, nine of ten within <b>{duration(of.p90)}</b>, mean <b>{duration(of.mean)}</b></>}</dd>
    </div>
  );
}
