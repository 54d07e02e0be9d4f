import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useNavigate } from "react-router";
import type { Intake } from "../../api/client";
import { visible } from "../../events/document";
import { useDeletion } from "../queries";

/** DeleteIntake deletes an intake after it was confirmed, and says what becomes of its events. */
export function DeleteIntake({ intake }: { intake: Intake }) {
  const [opened, { open, close }] = useDisclosure();
  const navigate = useNavigate();
  const deletion = useDeletion(intake.name);
  const remove = () => deletion.mutate(undefined, {
    onSuccess: () => {
      notifications.show({ message: `${visible(intake.name)} was deleted.` });
      void navigate("/intakes");
    },
  });
  return (
    <>
      <Button size="xs" variant="default" onClick={open}>Delete…</Button>
      <Modal opened={opened} onClose={close} centered title={`Delete ${visible(intake.name)}?`}>
        <Stack gap="sm">
          <Text size="sm">Its settings and secrets are forgotten. {intake.ifDeleted}</Text>
          <Text size="sm" c="dimmed">To stop reading for a while, pause it.</Text>
          <Group justify="flex-end"><Button variant="default" onClick={close}>Keep it</Button><Button color="red" loading={deletion.isPending} onClick={remove}>Delete</Button></Group>
        </Stack>
      </Modal>
    </>
  );
}
