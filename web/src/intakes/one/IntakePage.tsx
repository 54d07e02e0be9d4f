import { Alert, Anchor, Badge, Breadcrumbs, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconPencil } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { useMay } from "../../access/session";
import type { Intake } from "../../api/client";
import { Problem } from "../../api/problem";
import { visible } from "../../events/document";
import { Empty, Failure, Loading } from "../../shared/states";
import { Time } from "../../shared/Time";
import { IntakeState } from "../IntakeState";
import { PauseButton } from "../PauseButton";
import { useIntake } from "../queries";
import { Sending } from "../push/Sending";
import { intakePath, sourceOf } from "../words";
import { DeleteIntake } from "./DeleteIntake";
import { Figures } from "./Figures";
import { IntakeEvents } from "./IntakeEvents";
import { Partitions } from "./Partitions";
import { Quarantined } from "./Quarantined";
import { NeverArrived, Seen } from "./Tables";
import { Unfit } from "./Unfit";

/** IntakePage is all that is known of one intake. */
export function IntakePage() {
  const { name = "" } = useParams();
  const intake = useIntake(name);
  useDocumentTitle(`${name} · Intakes · Penstock`);
  const events = useMay("events.read");
  const quarantine = useMay("quarantine.read");
  if (intake.error instanceof Problem && intake.error.status === 404) {
    return <Empty title="There is no such intake">It may have been deleted. <Anchor component={Link} to="/intakes" underline="always">All intakes</Anchor></Empty>;
  }
  if (!intake.data) return intake.isPending ? <Loading what="intake" /> : <Failure error={intake.error} retry={() => void intake.refetch()} />;
  const i = intake.data;
  const now = intake.dataUpdatedAt;
  return (
    <Stack gap="md">
      <Head intake={i} />
      {i.problem && <Alert color="red" role="alert" title="What is wrong">{visible(i.problem)}</Alert>}
      {i.warnings.map((w) => <Alert key={w} color="yellow" py={8}>{visible(w)}</Alert>)}
      {i.locked && <Alert color="blue" py={8}>{visible(i.locked)}</Alert>}
      <Figures intake={i} now={now} />
      {events && <IntakeEvents name={i.name} />}
      {i.push && <Sending intake={i} push={i.push} />}
      {!i.push && i.partitions.length > 0 && <Partitions of={i} />}
      <Seen of={i} now={now} />
      {i.neverArrived.length > 0 && <NeverArrived intake={i} />}
      {quarantine && <Quarantined intake={i.name} />}
      <Unfit unfit={i.unfit} now={now} />
    </Stack>
  );
}

function Head({ intake }: { intake: Intake }) {
  const may = useMay("intakes.write");
  return (
    <Group justify="space-between" align="flex-end">
      <div>
        <Breadcrumbs mb={4}><Anchor component={Link} to="/intakes" size="sm">Intakes</Anchor><Text size="sm" c="dimmed">{visible(intake.name)}</Text></Breadcrumbs>
        <Group gap="sm">
          <Title order={1}>{visible(intake.name)}</Title>
          <IntakeState state={intake.state} />
          {intake.tags?.map((t) => <Badge key={t} variant="default" tt="none" fw={500}>{visible(t)}</Badge>)}
        </Group>
        <Text c="dimmed" size="sm" mt={2}>
          {intake.entity ? `${visible(intake.entity)} · ` : ""}{visible(sourceOf(intake))}{intake.namespace ? ` of ${visible(intake.namespace)}` : ""}
          {intake.since && <> · {intake.state} since <Time at={intake.since} /></>}
        </Text>
      </div>
      <Group gap="xs">
        <PauseButton intake={intake} />
        {may && intake.locked === undefined && <Button component={Link} to={`${intakePath(intake.name)}/edit`} size="xs" variant="default" leftSection={<IconPencil size={14} />}>Edit</Button>}
        {may && intake.locked === undefined && <DeleteIntake intake={intake} />}
      </Group>
    </Group>
  );
}
