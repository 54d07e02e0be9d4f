import { SimpleGrid, Text } from "@mantine/core";
import type { Authentication } from "./draft";
import { Identity } from "./Identity";
import { SecretSetting, TextSetting } from "./Setting";
import type { Editing } from "./Setting";
import { SigningIn } from "./SigningIn";

const ways: readonly { value: Authentication; label: string }[] = [
  { value: "connection_string", label: "A connection string" }, { value: "sas", label: "A shared access signature" }, { value: "entra", label: "Microsoft Entra ID" },
];

/** BlobArrival says which storage account is read, and how to sign in there. */
export function BlobArrival({ of }: { of: Editing }) {
  const way = of.draft.authentication;
  return (
    <>
      <Text size="sm" maw={760}>
        Defender&apos;s other export: a container for each table, a blob for each hour. In the Defender portal: System, Settings, Microsoft Defender XDR, Streaming API, Add, &ldquo;Forward events to Azure Storage&rdquo;.
        Records come some minutes later than from a hub. One Penstock reads an account.
      </Text>
      <SigningIn of={of} ways={ways} />
      <SimpleGrid cols={{ base: 1, md: 2 }} verticalSpacing="md" spacing="lg">
        {way === "connection_string" && <SecretSetting of={of} field="storageConnectionString" label="Storage account connection string" about="Of the account that Defender exports to. It is kept encrypted and never shown again." where="Azure portal, storage account, Security + networking, Access keys, Connection string" example="DefaultEndpointsProtocol=https;AccountName=…" required />}
        {way === "sas" && <SecretSetting of={of} field="storageSas" label="Shared access signature" about="For the service Blob, containers and objects, to read and to list: the token, or the whole address. It is kept encrypted and never shown again." where="Azure portal, storage account, Security + networking, Shared access signature" example="sv=…&ss=b&srt=co&sp=rl&sig=…" required />}
        {way !== "connection_string" && <TextSetting of={of} field="storageAccount" label="Storage account" about={way === "sas" ? "Its name; not needed where the whole address was pasted." : "Its name, or its blob endpoint. The identity needs the role Storage Blob Data Reader there."} where="Azure portal, storage account, Overview" example="contosoexport" required={way === "entra"} />}
        <TextSetting of={of} field="storageContainer" label="Container" about="One alone; empty: those of all tables, also of tables that come later." where="Azure portal, storage account, Data storage, Containers" example="insights-logs-advancedhunting-deviceprocessevents" />
        {way === "entra" && <Identity of={of} />}
      </SimpleGrid>
    </>
  );
}
