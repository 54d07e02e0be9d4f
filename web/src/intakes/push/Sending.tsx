import { Badge, Button, Code, Group, ScrollArea, SimpleGrid, Table, Text } from "@mantine/core";
import { useMay } from "../../access/session";
import type { Intake, IntakePush, PushRefusals } from "../../api/client";
import { visible } from "../../events/document";
import { Copy } from "../../shared/Copy";
import { Figure } from "../../shared/Figure";
import { Time } from "../../shared/Time";
import { count, short } from "../../time/format";
import { useEndingOldKeys } from "../queries";
import { refusal } from "../words";
import { RotateKey } from "./RotateKey";

/** Sending shows where programs send to, by which keys they are let in, and what of theirs was refused. */
export function Sending({ intake, push }: { intake: Intake; push: IntakePush }) {
  const may = useMay("intakes.write") && intake.locked === undefined;
  const refused = [...push.refused, ...(push.unknown ? [push.unknown] : [])];
  return (
    <section className="panel" aria-label="Sending">
      <h2>
        <Group component="span" justify="space-between" gap="xs"><span>How programs send</span>{may && <RotateKey intake={intake} />}</Group>
      </h2>
      <SimpleGrid cols={{ base: 2, sm: 3 }} p="md">
        <Figure name="Requests" value={short(push.requests)} note="whose key was right, since Penstock started" />
        <Figure name="Events taken" value={short(push.events)} note="each answered once it was safe" />
        <Figure name="Refused" value={short(push.refused.reduce((sum, r) => sum + r.count, 0))} tone={push.refused.length > 0 ? "bad" : "plain"} note="requests, and events of batches" />
      </SimpleGrid>
      <Group px="md" pb="md" gap="xs"><Text size="sm">They send to</Text><Code style={{ overflowWrap: "anywhere" }}>{push.address}/plain</Code><Copy text={`${push.address}/plain`} what="the address" /><Text size="sm" c="dimmed">with the key as the header X-Intake-Key.</Text></Group>
      <Keys intake={intake} push={push} may={may} />
      {refused.length > 0 && <Refusals list={refused} />}
    </section>
  );
}

function Keys({ intake, push, may }: { intake: Intake; push: IntakePush; may: boolean }) {
  const ending = useEndingOldKeys(intake.name);
  const old = push.keys.some((k) => k.ends !== undefined);
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
      <Table verticalSpacing={6} horizontalSpacing="md" fz="sm" miw={640} aria-label="Keys">
        <Table.Thead><Table.Tr><Table.Th>Key</Table.Th><Table.Th>Made</Table.Th><Table.Th>Last used</Table.Th><Table.Th>Ends</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {push.keys.map((k, i) => (
            <Table.Tr key={k.created ?? i}>
              <Table.Td>{k.ends ? <Badge color="yellow" variant="light" tt="none">replaced</Badge> : <Badge color="green" variant="light" tt="none">in force</Badge>}</Table.Td>
              <Table.Td>{k.created ? <Time at={k.created} /> : "in penstock.yaml"}</Table.Td>
              <Table.Td>{k.used ? <Time at={k.used} /> : "never"}</Table.Td>
              <Table.Td>{k.ends ? <Time at={k.ends} /> : "when it is replaced"}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {may && old && <Group px="md" py="xs"><Button size="xs" variant="default" loading={ending.isPending} onClick={() => ending.mutate()}>End replaced keys now</Button></Group>}
    </ScrollArea>
  );
}

function Refusals({ list }: { list: PushRefusals[] }) {
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
      <Table verticalSpacing={6} horizontalSpacing="md" fz="sm" miw={640} aria-label="Refused">
        <Table.Thead><Table.Tr><Table.Th>Refused because</Table.Th><Table.Th className="numeric">Times</Table.Th><Table.Th>Last</Table.Th><Table.Th>From</Table.Th></Table.Tr></Table.Thead>
        <Table.Tbody>
          {list.map((r) => (
            <Table.Tr key={r.reason}>
              <Table.Td>{refusal[r.reason]}</Table.Td><Table.Td className="numeric">{count(r.count)}</Table.Td>
              <Table.Td><Time at={r.last} /></Table.Td><Table.Td className="mono">{visible(r.from ?? "")}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
