import { Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useMay } from "../access/session";
import type { Intake } from "../api/client";
import { visible } from "../events/document";
import { usePausing } from "./queries";

/** PauseButton ends reading for a while, after it was confirmed, or lets the intake read on. */
export function PauseButton({ intake }: { intake: Intake }) {
  const [asking, { open, close }] = useDisclosure();
  const pausing = usePausing(intake.name);
  if (!useMay("intakes.write") || intake.locked !== undefined) return null;
  if (intake.state === "paused") {
    return <Button size="xs" leftSection={<IconPlayerPlay size={14} />} loading={pausing.isPending} aria-label={`Resume ${intake.name}`} onClick={() => pausing.mutate(false)}>Resume</Button>;
  }
  return (
    <>
      <Button size="xs" variant="default" leftSection={<IconPlayerPause size={14} />} loading={pausing.isPending} aria-label={`Pause ${intake.name}`} onClick={open}>Pause…</Button>
      <Modal opened={asking} onClose={close} centered title={`Pause ${visible(intake.name)}?`}>
        <Text size="sm">{intake.push
          ? "Senders are told to send again later, until you resume. What they give up before that is lost."
          : "Reading ends once what was read is safe. The hub goes on collecting; Penstock reads on from here when you resume. What the hub gives up before that, because its retention is over, is lost."}</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close}>Let it read</Button>
          <Button loading={pausing.isPending} onClick={() => pausing.mutate(true, { onSettled: close })}>Pause</Button>
        </Group>
      </Modal>
    </>
  );
}
