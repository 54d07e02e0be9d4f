import { Alert, Anchor, Button, Group, Stack, TextInput } from "@mantine/core";
import { IconFingerprint } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { answer, api } from "../api/client";
import type { SignInAnswer } from "../api/client";
import { Gate } from "./Gate";
import { passkeyProblem, passkeysWork, signInByPasskey } from "./passkey";

/** SecondFactor asks for one of the factors that a sign-in waits for. */
export function SecondFactor({ asked, onBack, onEntered }: { asked: SignInAnswer; onBack: () => void; onEntered: () => Promise<void> }) {
  const ceremony = asked.ceremony ?? "";
  const [recovery, setRecovery] = useState(!asked.factors.includes("totp") && !asked.factors.includes("passkey"));
  const [code, setCode] = useState("");
  const byCode = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/session/code", { body: { ceremony, factor: recovery ? "recovery" : "totp", code: code.replace(/\s/g, "") } })),
    onSuccess: onEntered,
  });
  const byPasskey = useMutation({ mutationFn: () => signInByPasskey(ceremony), onSuccess: onEntered });
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    byCode.mutate();
  };
  const problem = byCode.error ? byCode.error.message : byPasskey.error && passkeyProblem(byPasskey.error);
  return (
    <Gate title="One more step" about={recovery ? "Give one of the recovery codes that you kept. It is used up by that." : "This account has a second factor."}>
      {problem && <Alert color="red" role="alert">{problem}</Alert>}
      {asked.factors.includes("passkey") && passkeysWork() && !recovery && (
        <Button leftSection={<IconFingerprint size={16} />} loading={byPasskey.isPending} onClick={() => byPasskey.mutate()}>Use a passkey</Button>
      )}
      {(recovery || asked.factors.includes("totp")) && (
        <form onSubmit={submit}>
          <Stack gap="sm">
            <TextInput
              label={recovery ? "Recovery code" : "Code of the authenticator app"} required value={code} onChange={(e) => setCode(e.currentTarget.value)}
              autoComplete="one-time-code" inputMode={recovery ? "text" : "numeric"} maxLength={64} className="mono"
            />
            <Button type="submit" loading={byCode.isPending} disabled={code.trim().length < 6}>Go on</Button>
          </Stack>
        </form>
      )}
      <Group justify="space-between">
        <Anchor component="button" type="button" size="sm" onClick={onBack}>Back</Anchor>
        {asked.factors.includes("recovery") && (
          <Anchor component="button" type="button" size="sm" onClick={() => setRecovery(!recovery)}>{recovery ? "Use the usual factor" : "Use a recovery code"}</Anchor>
        )}
      </Group>
    </Gate>
  );
}
