import { Alert, Anchor, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { answer, api } from "../api/client";
import { Loading } from "../shared/states";
import { Gate } from "./Gate";
import { useEntered } from "./session";

/** leastPassphrase is how many characters the server asks for at least. */
export const leastPassphrase = 12;

/** WelcomePage is where a one-time link leads: it makes the first administrator, or lets a user choose a passphrase. */
export function WelcomePage() {
  const token = useLocation().hash.slice(1);
  const link = useQuery({
    queryKey: ["link", token],
    queryFn: ({ signal }) => answer(api.POST("/api/v1/session/link/check", { body: { token }, signal })),
    enabled: token !== "", retry: false, staleTime: Infinity,
  });
  if (token !== "" && link.isPending) return <Gate title="Welcome"><Loading what="link" /></Gate>;
  if (!link.data) {
    return (
      <Gate title="This link does not work" about={link.error?.message ?? "It lacks its end: copy it whole, with what stands behind #."}>
        <Anchor component={Link} to="/" size="sm">To the sign-in</Anchor>
      </Gate>
    );
  }
  return <Accept token={token} first={link.data.first} name={link.data.name ?? ""} />;
}

function Accept({ token, first, name: known }: { token: string; first: boolean; name: string }) {
  const [name, setName] = useState(known);
  const [displayName, setDisplayName] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const entered = useEntered();
  const go = useNavigate();
  const accept = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/session/link", { body: { token, passphrase, ...(first ? { name: name.trim(), displayName: displayName.trim() } : {}) } })),
    onSuccess: async () => {
      await entered();
      await go("/home", { replace: true });
    },
  });
  const short = passphrase !== "" && passphrase.length < leastPassphrase;
  const differs = again !== "" && again !== passphrase;
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    accept.mutate();
  };
  return (
    <Gate
      title={first ? "Become the administrator" : `Welcome, ${known}`}
      about={first ? "You are the first here. Choose the name and the passphrase that you will sign in with." : "Choose the passphrase that you will sign in with."}
    >
      {accept.error && <Alert color="red" role="alert">{accept.error.message}</Alert>}
      <form onSubmit={submit}>
        <Stack gap="sm">
          {first && <TextInput label="Name" description="Letters, digits and . _ @ + -" required autoComplete="username" maxLength={128} value={name} onChange={(e) => setName(e.currentTarget.value)} />}
          {first && <TextInput label="Full name" description="As histories and comments show it" autoComplete="name" maxLength={100} value={displayName} onChange={(e) => setDisplayName(e.currentTarget.value)} />}
          {!first && <input type="text" autoComplete="username" value={known} readOnly hidden />}
          <PasswordInput
            label="Passphrase" description={`At least ${leastPassphrase} characters; a few words that nobody would put together are good`} required autoComplete="new-password" maxLength={1024}
            value={passphrase} onChange={(e) => setPassphrase(e.currentTarget.value)} error={short ? `${leastPassphrase - passphrase.length} more characters are needed` : undefined}
          />
          <PasswordInput label="Passphrase again" required autoComplete="new-password" maxLength={1024} value={again} onChange={(e) => setAgain(e.currentTarget.value)} error={differs ? "This is not the same" : undefined} />
          <Button type="submit" mt={4} loading={accept.isPending} disabled={passphrase.length < leastPassphrase || again !== passphrase || (first && name.trim() === "")}>{first ? "Make the account" : "Go on"}</Button>
        </Stack>
      </form>
    </Gate>
  );
}
