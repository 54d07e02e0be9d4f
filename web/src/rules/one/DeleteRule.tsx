import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { answer, api } from "../../api/client";
import type { RuleDetail } from "../../api/client";
import { visible } from "../../events/document";
import { failed } from "../../shared/failed";

/** DeleteRule deletes a rule that was written here, after it was confirmed. */
export function DeleteRule({ rule }: { rule: RuleDetail }) {
  const [opened, { open, close }] = useDisclosure();
  const [reason, setReason] = useState("");
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/rules/{id}", { params: { path: { id: rule.id }, query: { version: rule.version, ...(reason.trim() ? { reason: reason.trim() } : {}) } } })),
    onSuccess: async () => {
      await navigate("/rules");
      await client.invalidateQueries({ queryKey: ["rules"] });
    },
    onError: failed,
  });
  return (
    <>
      <Button size="xs" variant="default" onClick={open}>Delete…</Button>
      <Modal opened={opened} onClose={close} centered title="Delete this rule?">
        <Stack gap="sm">
          <Text size="sm">“{visible(rule.title)}” is not tried on events any more. Its alerts and its history stay.</Text>
          <TextInput label="Why" placeholder="For the history" maxLength={1024} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
          <Group justify="flex-end"><Button variant="default" onClick={close}>Keep it</Button><Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>Delete</Button></Group>
        </Stack>
      </Modal>
    </>
  );
}
