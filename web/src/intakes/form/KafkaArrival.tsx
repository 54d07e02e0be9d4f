import { Checkbox, Select, SimpleGrid, Text, Textarea } from "@mantine/core";
import type { Authentication, Mechanism } from "./draft";
import { HubSetting } from "./HubSetting";
import { Identity } from "./Identity";
import { said, SecretSetting, TextSetting } from "./Setting";
import type { Editing } from "./Setting";
import { SigningIn } from "./SigningIn";

const ways: readonly { value: Authentication; label: string }[] = [
  { value: "connection_string", label: "Event Hubs, by connection string" }, { value: "entra", label: "Microsoft Entra ID" }, { value: "password", label: "User and password" }, { value: "none", label: "Nothing" },
];

const mechanisms: readonly { value: Mechanism; label: string }[] = [{ value: "scram-sha-512", label: "SCRAM-SHA-512" }, { value: "scram-sha-256", label: "SCRAM-SHA-256" }, { value: "plain", label: "PLAIN" }];

/** KafkaArrival says which topic is read, and how to sign in to its brokers. */
export function KafkaArrival({ of }: { of: Editing }) {
  const way = of.draft.authentication;
  const hub = way === "connection_string";
  return (
    <>
      <Text size="sm" maw={760}>A topic of Kafka, or a hub of Event Hubs by its Kafka endpoint (port 9093, not in the Basic tier). Several Penstocks may share the consumer group.</Text>
      <SigningIn of={of} ways={ways} />
      <SimpleGrid cols={{ base: 1, md: 2 }} verticalSpacing="md" spacing="lg">
        {hub && <SecretSetting of={of} field="hubConnectionString" label="Event Hub connection string" about="With the claim Listen. It is kept encrypted and never shown again." where="Azure portal, Event Hubs namespace, Settings, Shared access policies" example="Endpoint=sb://…" required />}
        {!hub && <TextSetting of={of} field="brokers" label="Brokers" about="Some of them suffice, with commas between." where={way === "entra" ? "Azure portal, Event Hubs namespace, Overview, Host name, with the port 9093" : undefined} example={way === "entra" ? "contoso.servicebus.windows.net:9093" : "kafka.example.com:9092"} required />}
        <HubSetting of={of} label="Topic" several="Several topics" about={hub ? "Event Hubs calls it the hub; it may be left out where the connection string ends with EntityPath." : "Event Hubs calls it the hub."} example="defender" required={!hub} />
        <TextSetting of={of} field="consumerGroup" label="Consumer group" about="For Penstock alone; penstock when empty." example="penstock" />
        {way === "password" && <>
          <TextSetting of={of} field="username" label="User" required />
          <SecretSetting of={of} field="saslPassword" label="Password" about="It is kept encrypted and never shown again." required />
          <Select label="Mechanism" description="How user and password are proven (SASL)." descriptionProps={{ fz: "xs" }} data={[...mechanisms]} allowDeselect={false} value={of.draft.saslMechanism} error={said(of, "saslMechanism")} onChange={(v) => of.change({ saslMechanism: mechanisms.find((m) => m.value === v)?.value ?? "scram-sha-512" })} />
        </>}
        {way === "entra" && <Identity of={of} />}
        {!hub && <Checkbox label="Encrypted (TLS)" description="Without, everybody on the way can read along." checked={of.draft.brokerTls} error={said(of, "brokerTls")} onChange={(e) => of.change({ brokerTls: e.currentTarget.checked })} />}
        {!hub && of.draft.brokerTls && <Textarea
          label="Certificates that brokers are trusted by" description="In PEM; empty: those of the system." descriptionProps={{ fz: "xs" }} autosize minRows={2} maxRows={6} spellCheck={false} name="brokerCa" maxLength={32_768}
          placeholder="-----BEGIN CERTIFICATE-----" value={of.draft.brokerCa} onChange={(e) => of.change({ brokerCa: e.currentTarget.value })} error={said(of, "brokerCa")}
        />}
      </SimpleGrid>
    </>
  );
}
