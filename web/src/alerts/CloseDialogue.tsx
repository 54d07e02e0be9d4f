import { Button, Group, Modal, Radio, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { verdictMeaning, verdictName, verdicts } from "./words";
import type { Verdict } from "./words";

interface Props {
  /** How many alerts are closed. */
  many: number;
  busy: boolean;
  onClose: (verdict: Verdict, comment: string) => void;
  onCancel: () => void;
}

/** CloseDialogue asks how alerts turned out. Arrow keys choose, Enter closes them. */
export function CloseDialogue({ many, busy, onClose, onCancel }: Props) {
  const [verdict, setVerdict] = useState<Verdict>();
  const [comment, setComment] = useState("");
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    if (verdict) onClose(verdict, comment.trim());
  };
  return (
    <Modal opened onClose={onCancel} title={<Text fw={620}>{many === 1 ? "Close the alert" : `Close ${many} alerts`}</Text>} closeButtonProps={{ "aria-label": "Leave it open" }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Radio.Group label={many === 1 ? "How did it turn out?" : "How did they turn out?"} value={verdict ?? ""} onChange={(v) => setVerdict(verdicts.find((x) => x === v))}>
            <Stack gap={10} mt={8}>
              {verdicts.map((v, i) => <Radio key={v} value={v} label={verdictName[v]} description={verdictMeaning[v]} {...(i === 0 ? { "data-autofocus": true } : {})} />)}
            </Stack>
          </Radio.Group>
          <Textarea
            label="Comment" placeholder="What made it so?" autosize minRows={2} maxRows={8} maxLength={16_000} value={comment} onChange={(e) => setComment(e.currentTarget.value)}
            onKeyDown={(e) => {
              if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) submit(e);
            }}
          />
          <Group justify="flex-end" gap="xs"><Button variant="default" onClick={onCancel}>Cancel</Button><Button type="submit" disabled={!verdict} loading={busy}>Close</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
