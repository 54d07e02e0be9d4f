import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { ReactNode, SyntheticEvent } from "react";
import type { Account } from "../../api/client";

interface Props {
  account: Account;
  title: string;
  children: ReactNode;
  action: string;
  busy: boolean;
  problem: string | undefined;
  onConfirm: (passphrase: string) => void;
  onClose: () => void;
}

/** Confirm asks for the own passphrase before something about the account is changed; who has none need not give it. */
export function Confirm({ account, title, children, action, busy, problem, onConfirm, onClose }: Props) {
  const [passphrase, setPassphrase] = useState("");
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    onConfirm(passphrase);
  };
  return (
    <Modal opened onClose={onClose} title={title}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm" component="div">{children}</Text>
          {account.hasPassphrase && (
            <PasswordInput label="Your passphrase" required data-autofocus autoComplete="current-password" maxLength={1024} value={passphrase} onChange={(e) => setPassphrase(e.currentTarget.value)} error={problem} />
          )}
          {!account.hasPassphrase && problem && <Text size="sm" c="red" role="alert">{problem}</Text>}
          <Group justify="flex-end"><Button variant="default" onClick={onClose}>Cancel</Button><Button type="submit" loading={busy} disabled={account.hasPassphrase && passphrase === ""}>{action}</Button></Group>
        </Stack>
      </form>
    </Modal>
  );
}
