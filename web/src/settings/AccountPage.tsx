import { SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useIdentity } from "../access/session";
import { answer, api } from "../api/client";
import { Empty, Failure, Loading } from "../shared/states";
import { Passkeys } from "./account/Passkeys";
import { Passphrase } from "./account/Passphrase";
import { OwnSessions } from "./account/OwnSessions";
import { Totp } from "./account/Totp";

/** AccountPage is where somebody looks after his own account. */
export function AccountPage() {
  const identity = useIdentity();
  const account = useQuery({ queryKey: ["account"], queryFn: ({ signal }) => answer(api.GET("/api/v1/account", { signal })), enabled: identity?.kind === "user" });
  if (identity && identity.kind !== "user") {
    return (
      <section className="panel">
        <Empty title="Nobody has to sign in here">
          Penstock listens on this machine alone, and whoever reaches it is its administrator. Set <code>sign_in: required</code> under <code>server</code> in its configuration to have accounts.
        </Empty>
      </section>
    );
  }
  if (account.isPending) return <Loading what="account" />;
  if (!account.data) return <Failure error={account.error} retry={() => void account.refetch()} />;
  const a = account.data;
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {a.displayName ? `${a.displayName} (${a.name})` : a.name}, {a.role}
        {a.intakes.length > 0 ? `; sees what came by ${a.intakes.join(", ")}` : ""}.
      </Text>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        {!a.external && <Passphrase />}
        <Totp account={a} />
        <Passkeys account={a} />
      </SimpleGrid>
      <OwnSessions />
    </Stack>
  );
}
