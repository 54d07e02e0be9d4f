import { SimpleGrid } from "@mantine/core";
import type { Intake } from "../../api/client";
import { Figure } from "../../shared/Figure";
import { count, short } from "../../time/format";
import { Age } from "../Age";
import { behindOf, share } from "../words";

/** Figures are the numbers of one intake since it was last started. */
export function Figures({ intake, now }: { intake: Intake; now: number }) {
  const c = intake.counts;
  return (
    <section className="panel" aria-label="At a glance">
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} p="md">
        <Figure name="Events per second" value={short(intake.eventsPerSecond)} note="over the last minute" />
        {intake.push ? <Figure name="Sent" value={short(intake.push.events)} note={`events, in ${count(intake.push.requests)} requests`} /> : <Figure {...behindOf(intake)} />}
        <Figure name="Last message" value={intake.lastMessage ? <Age at={intake.lastMessage} now={now} /> : "none yet"} />
        <Figure name="Kept" value={short(c.kept)} note={`of ${count(c.records)} records since it was started`} />
        <Figure name="Repeated" value={short(c.repeated)} note={share(c.repeated, c.records) || "dropped as already there"} />
        <Figure name="Quarantined" value={short(c.quarantined)} tone={c.quarantined > 0 ? "bad" : "plain"} note={c.filtered > 0 ? `${count(c.filtered)} left out by its categories` : share(c.quarantined, c.records)} />
      </SimpleGrid>
    </section>
  );
}
