import { Alert, Anchor, Badge, Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "react-router";
import { useMay } from "../access/session";
import type { Intake } from "../api/client";
import { visible } from "../events/document";
import { Figure } from "../shared/Figure";
import { Incidents } from "../shared/Incidents";
import { PageHeader } from "../shared/PageHeader";
import { Empty, Failure, Loading } from "../shared/states";
import { count, short } from "../time/format";
import { Age } from "./Age";
import { IntakeState } from "./IntakeState";
import { PauseButton } from "./PauseButton";
import { useIntakes } from "./queries";
import { behindOf, errorsOf, intakePath, share, sourceOf } from "./words";

/** IntakesPage shows every source and how its reading goes. */
export function IntakesPage() {
  const intakes = useIntakes();
  const write = useMay("intakes.write");
  const deliveries = useMay("delivery.read");
  const list = intakes.data?.intakes;
  return (
    <>
      <PageHeader title="Intakes" about="Where events come from, and how far reading is.">
        {write && (
          <Group gap="xs">
            <Button component={Link} to="/intakes/new/azure" variant="default">Set up with Azure</Button>
            <Button component={Link} to="/intakes/new" leftSection={<IconPlus size={15} />}>New intake</Button>
          </Group>
        )}
      </PageHeader>
      {intakes.isPending && <Loading what="intakes" />}
      {intakes.isError && !list && <Failure error={intakes.error} retry={() => void intakes.refetch()} />}
      <Stack gap="md">
        {list?.length === 0 && <section className="panel"><None write={write} /></section>}
        {list?.map((i) => <IntakeCard key={i.name} intake={i} now={intakes.dataUpdatedAt} />)}
        {list && list.length > 0 && deliveries && <Incidents />}
      </Stack>
    </>
  );
}

function None({ write }: { write: boolean }) {
  return (
    <Empty title="There is no intake yet">
      {write
        ? <><Text mb="md">Tell Penstock where Microsoft Defender XDR streams to, test the connection, and events arrive within minutes.</Text><Group justify="center"><Button component={Link} to="/intakes/new/azure">Set up with Azure</Button><Button component={Link} to="/intakes/new" variant="default">Make an intake</Button></Group></>
        : "An administrator can make one."}
      <Text mt="md" size="sm"><code>penstock demo</code> shows how it looks with a simulated tenant.</Text>
    </Empty>
  );
}

function IntakeCard({ intake, now }: { intake: Intake; now: number }) {
  const errors = errorsOf(intake);
  return (
    <section className="panel" aria-label={`Intake ${intake.name}`}>
      <Group px="md" py="sm" justify="space-between" style={{ borderBottom: "1px solid var(--ps-line)" }}>
        <Group gap="sm">
          <Anchor component={Link} to={intakePath(intake.name)} fw={640} size="lg">{visible(intake.name)}</Anchor>
          <IntakeState state={intake.state} />
          <Text c="dimmed" size="sm">{intake.entity ? `${visible(intake.entity)} · ` : ""}{visible(sourceOf(intake))}</Text>
          {intake.tags?.map((t) => <Badge key={t} variant="default" tt="none" fw={500}>{visible(t)}</Badge>)}
        </Group>
        <Group gap="xs">
          <PauseButton intake={intake} />
          <Button component={Link} to={intakePath(intake.name)} size="xs" variant="default" aria-label={`Details of ${intake.name}`}>Details</Button>
        </Group>
      </Group>
      {intake.problem && <Alert color="red" radius={0} py={8} role="alert">{visible(intake.problem)}</Alert>}
      {errors.slice(0, 1).map((p) => (
        <Alert key={`${p.hub}/${p.partition}`} color="red" radius={0} py={8}>Partition {visible(p.hub)} / {p.partition}: {visible(p.error ?? "")}{errors.length > 1 && ` And ${count(errors.length - 1)} more.`}</Alert>
      ))}
      {intake.warnings.map((w) => <Alert key={w} color="yellow" radius={0} py={8}>{visible(w)}</Alert>)}
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} p="md">
        <Figure name="Events per second" value={short(intake.eventsPerSecond)} note="over the last minute" />
        {intake.push ? <Figure name="Sent" value={short(intake.push.events)} note={`events, in ${count(intake.push.requests)} requests`} /> : <Figure {...behindOf(intake)} />}
        <Figure name="Last message" value={intake.lastMessage ? <Age at={intake.lastMessage} now={now} /> : "none yet"} />
        <Figure name="Tables" value={count(intake.tables.filter((t) => t.last !== undefined).length)} note={intake.neverArrived.length > 0 ? `${intake.neverArrived.length} never arrived` : "all have arrived"} />
        <Figure
          name="Quarantined" value={short(intake.counts.quarantined)} tone={intake.counts.quarantined > 0 ? "bad" : "plain"}
          note={intake.counts.records > 0 ? `${share(intake.counts.quarantined, intake.counts.records)} of ${short(intake.counts.records)} records` : "no record since it was started"}
        />
      </SimpleGrid>
    </section>
  );
}
