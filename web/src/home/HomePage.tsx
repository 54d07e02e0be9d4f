import { SimpleGrid, Stack } from "@mantine/core";
import { useMay } from "../access/session";
import { PageHeader } from "../shared/PageHeader";
import { Failure, Loading } from "../shared/states";
import { Arrivals } from "./Arrivals";
import { Figures } from "./Figures";
import { FirstSteps } from "./FirstSteps";
import { Health } from "./Health";
import { Hosts, Rules, Tactics, Urgency } from "./OpenAlerts";
import { useIntakes, useLake } from "./queries";

/** HomePage says at a glance how things stand, and on the first day what to do. */
export function HomePage() {
  const intakes = useIntakes();
  const told = useMay("statistics.read");
  const lake = useLake(told);
  if (intakes.isPending || (told && lake.isPending)) return <Loading what="home" />;
  if (!intakes.data || (told && !lake.data)) {
    const error = intakes.error ?? lake.error;
    return error && <Failure error={error} retry={() => void Promise.all([intakes.refetch(), lake.refetch()])} />;
  }
  const empty = lake.data ? lake.data.events === 0 : intakes.data.intakes.every((i) => i.lastMessage === undefined);
  return (
    <>
      <PageHeader title="Home" about="What arrives, what was found in it, and how well everything works." />
      <Stack gap="md">
        {empty && <FirstSteps intakes={intakes.data.intakes} />}
        {!empty && <Figures intakes={intakes.data.intakes} lake={lake.data} />}
        {!empty && <Arrivals />}
        {!empty && <SimpleGrid cols={{ base: 1, md: 2, xl: 4 }} spacing="md"><Urgency /><Rules /><Hosts /><Tactics /></SimpleGrid>}
        <Health intakes={intakes.data.intakes} now={intakes.dataUpdatedAt} />
      </Stack>
    </>
  );
}
