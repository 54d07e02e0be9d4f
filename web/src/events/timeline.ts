// The rows of a timeline: events, with the day before the first event of each.
import type { Event } from "../api/client";
import { timestamp } from "../time/format";
import type { Zone } from "../time/format";

export function rowsOf(events: Event[], zone: Zone): (string | Event)[] {
  const rows: (string | Event)[] = [];
  let day = "";
  for (const event of events) {
    const its = timestamp(new Date(event.time), zone).slice(0, 10);
    if (its !== day) rows.push((day = its));
    rows.push(event);
  }
  return rows;
}

/** dayOf gives the moment so many days from another. */
export function dayOf(time: string, days: number): string {
  return new Date(Date.parse(time) + days * 86_400_000).toISOString();
}
