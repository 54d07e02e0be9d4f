import { Alert, Anchor, Code, Group, Stack, Tabs, Text } from "@mantine/core";
import { Link } from "react-router";
import type { Intake } from "../../api/client";
import { visible } from "../../events/document";
import { Copy } from "../../shared/Copy";
import { intakePath } from "../words";
import { examples } from "./examples";

/** KeyShown shows the key of an intake, this once, with commands that send an event with it. */
export function KeyShown({ intake, leave = false }: { intake: Intake; leave?: boolean }) {
  const key = intake.intakeKey ?? "";
  return (
    <Stack gap="md">
      <Alert title={`The key of ${visible(intake.name)}`} color="green">
        <Text size="sm" mb={6}>Copy it now: only its hash is kept, and it is not shown again. Whoever has it can send events; replace it when it has got about.</Text>
        <Group gap="xs"><Code data-testid="intake-key" style={{ overflowWrap: "anywhere" }}>{key}</Code><Copy text={key} what="the key" /></Group>
      </Alert>
      <Examples address={intake.push?.address ?? ""} intakeKey={key} />
      {leave && <Text size="sm"><Anchor component={Link} to={intakePath(intake.name)} underline="always">I have copied it: to the intake</Anchor>, which shows the events as they come.</Text>}
    </Stack>
  );
}

/** Examples are commands that send events, ready to be run. */
export function Examples({ address, intakeKey }: { address: string; intakeKey: string }) {
  const list = examples(address, intakeKey);
  return (
    <section className="panel" aria-label="Commands">
      <h2>Send an event</h2>
      <Tabs defaultValue={list[0]?.id ?? ""} keepMounted={false}>
        <Tabs.List>{list.map((e) => <Tabs.Tab key={e.id} value={e.id}>{e.name}</Tabs.Tab>)}</Tabs.List>
        {list.map((e) => (
          <Tabs.Panel key={e.id} value={e.id} p="md">
            <Group justify="space-between" align="flex-start" wrap="nowrap" mb={6}><Text size="sm" c="dimmed">{e.about}</Text><Copy text={e.command} what={`the command for ${e.name}`} /></Group>
            <Code block tabIndex={0} style={{ overflowX: "auto" }}>{e.command}</Code>
          </Tabs.Panel>
        ))}
      </Tabs>
    </section>
  );
}
