import { Button, PasswordInput, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { answer, api } from "../../api/client";
import { leastPassphrase } from "../../access/WelcomePage";

/** Passphrase changes the own passphrase; other sessions end by that. */
export function Passphrase() {
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => answer(api.PUT("/api/v1/account/passphrase", { body: { passphrase: old, new: next } })),
    onSuccess: () => {
      setOld("");
      setNext("");
      notifications.show({ message: "The passphrase is changed. Other sessions of yours have ended." });
    },
  });
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    change.mutate();
  };
  return (
    <section className="panel" aria-label="Passphrase">
      <h2>Passphrase</h2>
      <form onSubmit={submit}>
        <Stack gap="sm" p="md" maw={420}>
          <PasswordInput label="Now" required autoComplete="current-password" maxLength={1024} value={old} onChange={(e) => setOld(e.currentTarget.value)} error={change.error?.message} />
          <PasswordInput label="New" description={`At least ${leastPassphrase} characters`} required autoComplete="new-password" maxLength={1024} value={next} onChange={(e) => setNext(e.currentTarget.value)} />
          <Button type="submit" variant="default" w="max-content" loading={change.isPending} disabled={old === "" || next.length < leastPassphrase}>Change the passphrase</Button>
        </Stack>
      </form>
    </section>
  );
}
