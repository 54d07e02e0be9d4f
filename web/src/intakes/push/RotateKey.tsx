import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import type { Intake } from "../../api/client";
import { visible } from "../../events/document";
import { useRotation } from "../queries";
import { KeyShown } from "./KeyShown";

const overlaps = [
  { value: "0", label: "Not at all: it ends at once" }, { value: "1", label: "For an hour" }, { value: "24", label: "For a day" },
  { value: "168", label: "For a week" }, { value: "720", label: "For 30 days" },
];

/** RotateKey replaces the key of an intake, after it was confirmed, and shows the new one this once. */
export function RotateKey({ intake }: { intake: Intake }) {
  const [opened, { open, close }] = useDisclosure();
  const [hours, setHours] = useState("24");
  const rotation = useRotation(intake.name);
  const end = () => {
    close();
    rotation.reset(); // the key is not kept where it is not seen
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={open}>Replace the key…</Button>
      <Modal opened={opened} onClose={end} closeOnClickOutside={!rotation.data} centered size={rotation.data ? "xl" : "md"} title={rotation.data ? "The new key" : `Replace the key of ${visible(intake.name)}?`}>
        {rotation.data ? (
          <Stack gap="md">
            <KeyShown intake={rotation.data} />
            <Group justify="flex-end"><Button onClick={end}>I have copied it</Button></Group>
          </Stack>
        ) : (
          <Stack gap="sm">
            <Text size="sm">A new key is made and shown once. Give it to the senders while the one before is still taken.</Text>
            <Select label="The key before is taken" data={overlaps} allowDeselect={false} value={hours} onChange={(v) => setHours(v ?? "24")} comboboxProps={{ withinPortal: true }} />
            <Group justify="flex-end"><Button variant="default" onClick={end}>Keep it</Button><Button loading={rotation.isPending} onClick={() => rotation.mutate(Number(hours))}>Replace it</Button></Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}
