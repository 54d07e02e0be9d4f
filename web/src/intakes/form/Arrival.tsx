import { SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import type { SetupValue } from "../../api/client";
import { BlobArrival } from "./BlobArrival";
import { secrets, texts } from "./draft";
import type { Arriving } from "./draft";
import { Identity } from "./Identity";
import { KafkaArrival } from "./KafkaArrival";
import { Paste } from "./Paste";
import { PushArrival } from "./PushArrival";
import { SecretSetting, TextSetting } from "./Setting";
import type { Editing } from "./Setting";

type HubWay = "connection_string" | "entra";
type Way = HubWay | Exclude<Arriving, "eventhub">;

const ways: readonly { value: Way; label: string }[] = [
  { value: "connection_string", label: "Connection strings" }, { value: "entra", label: "Microsoft Entra ID" }, { value: "blob", label: "A storage account" }, { value: "kafka", label: "Kafka" }, { value: "http", label: "HTTP with an intake key" },
];

const title: Record<Arriving, string> = { eventhub: "Azure Event Hubs", blob: "a storage account", kafka: "Kafka", http: "programs send them" };

const sourceOfWay = (way: Way): Arriving => (way === "connection_string" || way === "entra" ? "eventhub" : way);

/** Arrival says how events arrive: from where, and how to sign in there. */
export function Arrival({ of, setup }: { of: Editing; setup: SetupValue[] }) {
  const { source } = of.draft;
  const entra = of.draft.authentication === "entra";
  const offered = ways.filter((w) => of.fresh || sourceOfWay(w.value) === source);
  const choose = (way: Way) => of.change(way === "connection_string" || way === "entra" ? { source: "eventhub", authentication: way } : { source: way, authentication: "connection_string" });
  return (
    <section className="panel" aria-label="How events arrive">
      <h2>How events arrive: {title[source]}</h2>
      <Stack p="md" gap="md">
        {offered.length > 1 && <div>
          <Text size="sm" fw={500} mb={4} id="authentication">{of.fresh ? "From a hub, signing in with, or from somewhere else" : "With"}</Text>
          <SegmentedControl
            aria-labelledby="authentication" data={offered} value={source === "eventhub" ? (entra ? "entra" : "connection_string") : source}
            onChange={(v) => choose(ways.find((w) => w.value === v)?.value ?? "connection_string")}
          />
        </div>}
        {source === "eventhub" && <Paste of={of} />}
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
