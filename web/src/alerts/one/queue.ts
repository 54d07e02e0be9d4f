// Where an alert stands in the queue that it was opened from.
import type { Alert } from "../../api/client";

export interface Place {
  /** From 1; 0: it is not in the queue any more. */
  position: number;
  previous: number | undefined;
  next: number | undefined;
}

/** placeIn finds the neighbours of an alert. One that has left the queue keeps those that it had, as
 * far as they are still there; otherwise the first is next. */
export function placeIn(alerts: readonly Pick<Alert, "id">[], id: number, before: Place | undefined): Place {
  const i = alerts.findIndex((a) => a.id === id);
  if (i >= 0) return { position: i + 1, previous: alerts[i - 1]?.id, next: alerts[i + 1]?.id };
  const there = (n: number | undefined) => (n !== undefined && alerts.some((a) => a.id === n) ? n : undefined);
  return { position: 0, previous: there(before?.previous), next: there(before?.next) ?? alerts[0]?.id };
}
