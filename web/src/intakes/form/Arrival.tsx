import { SegmentedControl, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import type { SetupValue } from "../../api/client";
import { secrets, texts } from "./draft";
import type { Authentication, Credential } from "./draft";
import { PushArrival } from "./PushArrival";
import { CertificateSetting, said, SecretSetting, TextSetting } from "./Setting";
import type { Editing } from "./Setting";

type Way = Authentication | "http";

const hubWays: readonly { value: Way; label: string }[] = [{ value: "connection_string", label: "Connection strings" }, { value: "entra", label: "Microsoft Entra ID" }];
const pushWay: { value: Way; label: string } = { value: "http", label: "HTTP with an intake key" };

/** Arrival says how events arrive: from which hub, and how to sign in there. */
export function Arrival({ of, setup, sources }: { of: Editing; setup: SetupValue[]; sources: readonly string[] }) {
  const entra = of.draft.authentication === "entra";
  const push = of.draft.source === "http";
  const ways: readonly { value: Way; label: string }[] = of.fresh ? [...(sources.includes("eventhub") ? hubWays : []), pushWay] : push ? [pushWay] : hubWays;
  const choose = (way: Way) => of.change(way === "http" ? { source: "http" } : { source: "eventhub", authentication: way });
  return (
    <section className="panel" aria-label="How events arrive">
      <h2>How events arrive: {push ? "programs send them" : "Azure Event Hubs"}</h2>
      <Stack p="md" gap="md">
        <div>
          <Text size="sm" fw={500} mb={4} id="authentication">{of.fresh ? "From a hub, signing in with, or sent by" : "With"}</Text>
          <SegmentedControl
            aria-labelledby="authentication" data={[...ways]} value={push ? "http" : of.draft.authentication}
            onChange={(v) => choose(ways.find((w) => w.value === v)?.value ?? "connection_string")}
          />
        </div>
        {push ? <PushArrival of={of} /> : <SimpleGrid cols={{ base: 1, md: 2 }} verticalSpacing="md" spacing="lg">
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

const credentials: readonly { value: Credential; label: string }[] = [
  { value: "default", label: "What this machine has: environment, workload or managed identity, Azure CLI" },
  { value: "client_secret", label: "An application with a secret" },
  { value: "certificate", label: "An application with a certificate" },
  { value: "managed_identity", label: "The managed identity of this machine" },
  { value: "workload_identity", label: "The workload identity of this pod" },
];

function Entra({ of }: { of: Editing }) {
  const kind = of.draft.credential;
  const application = kind === "client_secret" || kind === "certificate";
  return (
    <>
      <TextSetting of={of} field="namespace" label="Namespace" about="The Event Hubs namespace with the hub. The identity needs the role Azure Event Hubs Data Receiver there." where="Azure portal, Event Hubs namespace, Overview, Host name" example="contoso.servicebus.windows.net" required />
      <TextSetting of={of} field="storageAccount" label="Storage account" about="Name of the account with the container; only where there is one. The identity needs the role Storage Blob Data Contributor there." where="Azure portal, storage account, Overview" example="contosopenstock" />
      <Select
        label="Identity" description="What Penstock signs in to Microsoft Entra ID with." descriptionProps={{ fz: "xs" }} data={[...credentials]} allowDeselect={false} value={kind} error={said(of, "credential")}
        onChange={(v) => of.change({ credential: credentials.find((c) => c.value === v)?.value ?? "default" })}
      />
      {application && <TextSetting of={of} field="tenantId" label="Directory (tenant) ID" where="Azure portal, Microsoft Entra ID, App registrations, the application, Overview" example="00000000-0000-0000-0000-000000000000" required />}
      {(application || kind === "managed_identity") && (
        <TextSetting
          of={of} field="clientId" label={application ? "Application (client) ID" : "Client ID"} about={application ? undefined : "Of a user-assigned identity; empty for that of the machine itself."}
          where={application ? "Azure portal, Microsoft Entra ID, App registrations, the application, Overview" : undefined} example="00000000-0000-0000-0000-000000000000" required={application}
        />
      )}
      {kind === "client_secret" && <SecretSetting of={of} field="clientSecret" label="Client secret" about="Its value, not its ID. It is kept encrypted and never shown again." where="App registrations, the application, Certificates & secrets" required />}
      {kind === "certificate" && <CertificateSetting of={of} />}
    </>
  );
}
