import { Alert, Button, Divider, PasswordInput, Stack, TextInput } from "@mantine/core";
import { IconFingerprint, IconLogin2 } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { answer, api } from "../api/client";
import type { SessionState, SignInAnswer } from "../api/client";
import { Gate } from "./Gate";
import { passkeyProblem, passkeysWork, signInByPasskey } from "./passkey";
import { SecondFactor } from "./SecondFactor";
import { useEntered } from "./session";

const providerSays: Record<string, string> = {
  expired: "The sign-in took too long. Please begin again.",
  refused: "Your organisation's sign-in worked, but this Penstock does not let you in. Ask its administrator for a role.",
  failed: "Your organisation's sign-in did not work. The log of Penstock says why.",
};

/** SignInPage lets somebody in. The view that he wanted stays in the address and is shown afterwards. */
export function SignInPage({ state }: { state: SessionState }) {
  const [waiting, setWaiting] = useState<SignInAnswer>();
  const entered = useEntered();
  if (state.setup) {
    return (
      <Gate title="Welcome" about="This Penstock has no administrator yet.">
        <Alert color="blue">The terminal (or the log) in which Penstock was started shows a one-time link. Open it here to become the first administrator. It is shown anew at every start.</Alert>
      </Gate>
    );
  }
  if (waiting) return <SecondFactor asked={waiting} onBack={() => setWaiting(undefined)} onEntered={entered} />;
  return <FirstFactor state={state} onWaiting={setWaiting} onEntered={entered} />;
}

function FirstFactor({ state, onWaiting, onEntered }: { state: SessionState; onWaiting: (a: SignInAnswer) => void; onEntered: () => Promise<void> }) {
  const [name, setName] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const signIn = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/session", { body: { name: name.trim(), passphrase } })),
    onSuccess: (a) => (a.signedIn ? onEntered() : onWaiting(a)),
  });
  const passkey = useMutation({ mutationFn: () => signInByPasskey(""), onSuccess: onEntered });
  const problem = signIn.error ? signIn.error.message : passkey.error ? passkeyProblem(passkey.error) : providerSays[new URLSearchParams(location.search).get("problem") ?? ""];
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    signIn.mutate();
  };
  const search = new URLSearchParams(location.search);
  search.delete("problem");
  const back = location.pathname + (search.size > 0 ? `?${search.toString()}` : "");
  return (
    <Gate title="Sign in">
      {problem && <Alert color="red" role="alert">{problem}</Alert>}
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput label="Name" required autoComplete="username webauthn" value={name} onChange={(e) => setName(e.currentTarget.value)} maxLength={128} />
          <PasswordInput label="Passphrase" required autoComplete="current-password" value={passphrase} onChange={(e) => setPassphrase(e.currentTarget.value)} maxLength={1024} />
          <Button type="submit" mt={4} loading={signIn.isPending} disabled={name.trim() === "" || passphrase === ""}>Sign in</Button>
        </Stack>
      </form>
      {(state.provider ?? (state.passkeys && passkeysWork())) && <Divider label="or" />}
      {state.provider && (
        <Button component="a" variant="default" leftSection={<IconLogin2 size={16} />} href={`/api/v1/session/oidc?back=${encodeURIComponent(back)}`}>Sign in with {state.provider}</Button>
      )}
      {state.passkeys && passkeysWork() && (
        <Button variant="default" leftSection={<IconFingerprint size={16} />} loading={passkey.isPending} onClick={() => passkey.mutate()}>Sign in with a passkey</Button>
      )}
    </Gate>
  );
}
