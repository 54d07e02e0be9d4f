import { Badge, Button, Code, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { answer, api } from "../../api/client";
import type { Account } from "../../api/client";
import { Confirm } from "./Confirm";
import { QRCode } from "./QRCode";
import { RecoveryCodes } from "./RecoveryCodes";

type Question = "set up" | "remove" | "codes";

/** Totp sets up the codes of an authenticator app as second factor. */
export function Totp({ account }: { account: Account }) {
  const client = useQueryClient();
  const [asked, setAsked] = useState<Question>();
  const [codes, setCodes] = useState<string[]>([]);
  const changed = () => client.invalidateQueries({ queryKey: ["account"] });
  const offer = useMutation({ mutationFn: (passphrase: string) => answer(api.POST("/api/v1/account/totp", { body: { passphrase } })), onSuccess: () => setAsked(undefined) });
  const remove = useMutation({
    mutationFn: (passphrase: string) => answer(api.POST("/api/v1/account/totp/remove", { body: { passphrase } })),
    onSuccess: () => {
      setAsked(undefined);
      return changed();
    },
  });
  const renew = useMutation({
    mutationFn: (passphrase: string) => answer(api.POST("/api/v1/account/recovery-codes", { body: { passphrase } })),
    onSuccess: (r) => {
      setAsked(undefined);
      setCodes(r.codes);
    },
  });
  const deed = asked === "remove" ? remove : asked === "codes" ? renew : offer;
  return (
    <section className="panel" aria-label="Authenticator app">
      <h2><Group gap="sm" component="span">Authenticator app<Badge variant="light" color={account.totp ? "green" : "gray"} tt="none">{account.totp ? "on" : "off"}</Badge></Group></h2>
      <Stack gap="sm" p="md">
        <RecoveryCodes codes={codes} onClose={() => setCodes([])} />
        {offer.data && !account.totp ? (
          <Enrol
            offer={offer.data} onCancel={offer.reset}
            onDone={(list) => {
              setCodes(list);
              offer.reset();
              return changed();
            }}
          />
        ) : (
          <>
            <Text size="sm" c="dimmed">{account.totp ? "Signing in by passphrase asks for a code of the app as well." : "A code of six digits that changes every half minute: who has your passphrase alone cannot get in."}</Text>
            <Group gap="xs">
              {!account.totp && <Button variant="default" onClick={() => setAsked("set up")}>Set up…</Button>}
              {(account.totp || account.passkeys > 0) && <Button variant="default" onClick={() => setAsked("codes")}>New recovery codes…</Button>}
              {account.totp && <Button variant="default" color="red" onClick={() => setAsked("remove")}>Remove…</Button>}
            </Group>
          </>
        )}
      </Stack>
      {asked && (
        <Confirm
          account={account} title={{ "set up": "Set up an authenticator app", remove: "Remove the authenticator app", codes: "New recovery codes" }[asked]} action="Go on"
          busy={deed.isPending} problem={deed.error?.message} onConfirm={(passphrase) => deed.mutate(passphrase)} onClose={() => setAsked(undefined)}
        >
          {{ "set up": "First show that it is you.", remove: "Your passphrase alone is enough from then on, unless you have a passkey.", codes: "Those that you have stop working." }[asked]}
        </Confirm>
      )}
    </section>
  );
}

function Enrol({ offer, onCancel, onDone }: { offer: { ceremony: string; secret: string; url: string }; onCancel: () => void; onDone: (codes: string[]) => Promise<void> }) {
  const [code, setCode] = useState("");
  const confirm = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/account/totp/confirm", { body: { ceremony: offer.ceremony, code: code.replace(/\s/g, "") } })),
    onSuccess: (r) => onDone(r.codes),
  });
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    confirm.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-start" gap="lg">
        <QRCode text={offer.url} label="QR code for the authenticator app" />
        <Stack gap="sm" style={{ flex: "1 1 220px" }}>
          <Text size="sm">Scan this with the app, or type <Code style={{ overflowWrap: "anywhere" }}>{offer.secret}</Code>, and give the code that it shows.</Text>
          <TextInput label="Code" required inputMode="numeric" autoComplete="one-time-code" maxLength={16} value={code} onChange={(e) => setCode(e.currentTarget.value)} error={confirm.error?.message} />
          <Group gap="xs"><Button type="submit" loading={confirm.isPending} disabled={code.trim().length < 6}>Turn on</Button><Button variant="default" onClick={onCancel}>Cancel</Button></Group>
        </Stack>
      </Group>
    </form>
  );
}
