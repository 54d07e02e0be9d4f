import { SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import type { SetupValue } from "../../api/client";
import { BlobArrival } from "./BlobArrival";
import { arrivingFrom, secrets, texts } from "./draft";
import type { Arriving, Authentication } from "./draft";
import { HubSetting } from "./HubSetting";
import { Identity } from "./Identity";
import { KafkaArrival } from "./KafkaArrival";
import { Paste } from "./Paste";
import { PushArrival } from "./PushArrival";
import { SecretSetting, TextSetting } from "./Setting";
import type { Editing } from "./Setting";
import { SigningIn } from "./SigningIn";

const places: readonly { value: Arriving; label: string }[] = [
  { value: "eventhub", label: "Azure Event Hubs" }, { value: "blob", label: "A storage account" }, { value: "kafka", label: "Kafka" }, { value: "http", label: "HTTP with an intake key" },
];

const title: Record<Arriving, string> = { eventhub: "Azure Event Hubs", blob: "a storage account", kafka: "Kafka", http: "programs send them" };

const ways: readonly { value: Authentication; label: string }[] = [{ value: "connection_string", label: "Connection strings" }, { value: "entra", label: "Microsoft Entra ID" }];

/** Arrival says how events arrive: from where, and how to sign in there. */
export function Arrival({ of, setup, sources }: { of: Editing; setup: SetupValue[]; sources: readonly string[] }) {
  const { source } = of.draft;
  const entra = of.draft.authentication === "entra";
  const offered = places.filter((p) => p.value === "http" || sources.includes(p.value));
  return (
    <section className="panel" aria-label="How events arrive">
      <h2>How events arrive: {title[source]}</h2>
      <Stack p="md" gap="md">
        {of.fresh && offered.length > 1 && <div>
          <Text size="sm" fw={500} mb={4} id="place">From</Text>
          <SegmentedControl aria-labelledby="place" data={offered} value={source} onChange={(v) => of.change(arrivingFrom(places.find((p) => p.value === v)?.value ?? "eventhub"))} />
        </div>}
        {source === "eventhub" && <>
          <Paste of={of} />
          <SigningIn of={of} ways={ways} />
        </>}
        {source === "http" && <PushArrival of={of} />}
        {source === "blob" && <BlobArrival of={of} />}
        {source === "kafka" && <KafkaArrival of={of} />}
        {source === "eventhub" && <SimpleGrid cols={{ base: 1, md: 2 }} verticalSpacing="md" spacing="lg">
          {setup.filter((v) => !(entra && v.secret)).map((v) => <Asked key={v.field} of={of} value={v} />)}
          {entra && <Entra of={of} />}
        </SimpleGrid>}
      </Stack>
    </section>
  );
}

/** Asked is a value that the format asks for. */
function Asked({ of, value }: { of: Editing; value: SetupValue }) {
  const props = { of, label: value.label, about: value.explanation, where: value.where, example: value.default ?? value.example, required: !value.optional && value.default === undefined };
  if (value.field === "hubName") return <HubSetting {...props} several="Each table has a hub of its own" />;
  const text = texts.find((t) => t === value.field);
  if (text) return <TextSetting {...props} field={text} />;
  const secret = secrets.find((s) => s === value.field);
  return secret ? <SecretSetting {...props} field={secret} /> : null;
}

function Entra({ of }: { of: Editing }) {
  return (
    <>
      <TextSetting of={of} field="namespace" label="Namespace" about="The Event Hubs namespace with the hub. The identity needs the role Azure Event Hubs Data Receiver there." where="Azure portal, Event Hubs namespace, Overview, Host name" example="contoso.servicebus.windows.net" required />
      <TextSetting of={of} field="storageAccount" label="Storage account" about="Name of the account with the container; only where there is one. The identity needs the role Storage Blob Data Contributor there." where="Azure portal, storage account, Overview" example="contosopenstock" />
      <Identity of={of} />
    </>
  );
}
