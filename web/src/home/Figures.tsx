import { SimpleGrid } from "@mantine/core";
import type { Intake, LakeStats } from "../api/client";
import { Figure } from "../shared/Figure";
import { bytes, count, duration, short } from "../time/format";
import { useCounts } from "./queries";
import { lagOf, roomOf } from "./state";

/** Figures are the few numbers that say how things stand. */
export function Figures({ intakes, lake }: { intakes: Intake[]; lake: LakeStats | undefined }) {
  const counts = useCounts();
  const open = counts.data?.open;
  const urgent = (open?.["critical"] ?? 0) + (open?.["high"] ?? 0);
  const all = Object.values(open ?? {}).reduce((sum, n) => sum + n, 0);
  const lag = lagOf(intakes);
  const room = lake && roomOf(lake);
  return (
    <section className="panel" aria-label="At a glance">
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} p="md">
        <Figure name="Events per second" value={short(intakes.reduce((sum, i) => sum + i.eventsPerSecond, 0))} {...(lake ? { note: `${short(lake.events)} stored` } : {})} />
        <Figure name="Behind the hubs" value={lag === undefined ? "unknown" : duration(lag)} tone={lag !== undefined && lag > 300 ? "bad" : "plain"} note={lag === undefined ? "no hub has said" : "the oldest message not read"} />
        {lake && <Figure name="Searchable" value={lake.behindSeconds < 1 ? "at once" : `after ${duration(lake.behindSeconds)}`} note="from reading to being found" />}
        {lake && <Figure name="Storage" value={bytes(lake.bytes)} note={lake.room ? `${bytes(lake.room.bytesPerDay)} a day` : ""} />}
        {room && <Figure name="Room left" value={room.value} tone={room.tight ? "bad" : "plain"} note={room.note} />}
        <Figure name="Open alerts" value={counts.data ? count(all) : "…"} tone={urgent > 0 ? "bad" : "plain"} note={urgent > 0 ? `${count(urgent)} high or critical` : "none high or critical"} />
      </SimpleGrid>
    </section>
  );
}
