// What the home page makes of the server's numbers.
import type { Intake, LakeStats } from "../api/client";
import { bytes, count } from "../time/format";

/** lagOf is how many seconds the reading of hubs is behind, by the partition that is furthest; undefined while none has said. */
export function lagOf(intakes: Intake[]): number | undefined {
  const known = intakes.flatMap((i) => i.partitions).flatMap((p) => (p.lagSeconds === undefined ? [] : [p.lagSeconds]));
  return known.length > 0 ? Math.max(0, ...known) : undefined;
}

/** roomOf says how long the room for events lasts, and what limits it. */
export function roomOf(lake: LakeStats): { value: string; note: string; tight: boolean } {
  const room = lake.room;
  if (!room) return { value: "unknown", note: "the disk cannot be measured", tight: false };
  const limit = room.maxBytes !== undefined ? `of ${bytes(room.maxBytes)} that are kept` : `${bytes(room.diskFreeBytes)} free on the disk`;
  const kept = room.maxAgeDays !== undefined ? `kept for ${count(Math.round(room.maxAgeDays))} days` : undefined;
  if (room.daysLeft === undefined) return { value: "–", note: limit, tight: false };
  // What is older than the retention goes, so room for as long as that lasts for ever.
  const enough = room.maxAgeDays !== undefined && room.daysLeft > room.maxAgeDays;
  return { value: days(room.daysLeft), note: kept ? `${kept}, ${limit}` : limit, tight: !enough && room.daysLeft < 14 && room.maxBytes === undefined };
}

/** days writes a number of days as people say it. */
export function days(n: number): string {
  if (n >= 3650) return "over 10 years";
  if (n >= 730) return `${(n / 365).toFixed(1)} years`;
  if (n >= 2) return `${Math.floor(n)} days`;
  return `${Math.floor(n * 24)} h`;
}
