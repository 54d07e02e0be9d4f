// The settings of an intake as its form holds them.
import type { Intake, IntakeSettings, NewIntake } from "../../api/client";
import type { Problem } from "../../api/problem";

export type Authentication = NonNullable<IntakeSettings["authentication"]>;
export type Credential = NonNullable<IntakeSettings["credential"]>;
export type Transport = NonNullable<IntakeSettings["transport"]>;
export type OnGap = NonNullable<IntakeSettings["onGap"]>;
export type Mechanism = NonNullable<IntakeSettings["saslMechanism"]>;
/** Arriving is how events arrive: Penstock reads a hub, a storage account or a topic of Kafka, or programs send them. */
export type Arriving = NonNullable<NewIntake["source"]>;

/** Texts are the settings that are a line of text each, by the names that the API has for them. */
export const texts = ["entity", "silenceAfter", "hubName", "consumerGroup", "storageContainer", "namespace", "storageAccount", "tenantId", "clientId", "start", "brokers", "username", "brokerCa"] as const;
export type TextField = (typeof texts)[number];

/** Secrets are never shown: they begin empty, and stay as they were where they are left so. */
export const secrets = ["hubConnectionString", "storageConnectionString", "storageSas", "saslPassword", "clientSecret", "certificate", "proxy"] as const;
export type SecretField = (typeof secrets)[number];

export interface Draft extends Record<TextField | SecretField, string> {
  name: string;
  format: string;
  source: Arriving;
  /** Events a second that are taken of what programs send; empty: the default. */
  rate: string;
  tags: string[];
  categories: string[];
  chosenTables: string[];
  authentication: Authentication;
  credential: Credential;
  transport: Transport;
  onGap: OnGap;
  saslMechanism: Mechanism;
  brokerTls: boolean;
  paused: boolean;
}

function arrivingOf(kind: string | undefined): Arriving {
  return kind === "http" || kind === "blob" || kind === "kafka" ? kind : "eventhub";
}

/** arrivingFrom is what changes with the place that events arrive from: a storage account holds positions of a hub, and is read itself otherwise. */
export function arrivingFrom(source: Arriving): Partial<Draft> {
  return { source, authentication: "connection_string", storageContainer: "", storageConnectionString: "" };
}

/** draftOf is what the form begins with. */
export function draftOf(i?: Intake): Draft {
  const text = Object.fromEntries(texts.map((t) => [t, i?.[t] ?? ""])) as Record<TextField, string>;
  const secret = Object.fromEntries(secrets.map((s) => [s, ""])) as Record<SecretField, string>;
  return {
    ...text, ...secret,
    name: i?.name ?? "", format: i?.format ?? "", source: arrivingOf(i?.source), rate: i?.rate === undefined ? "" : String(i.rate), tags: i?.tags ?? [], categories: i?.categories ?? [], chosenTables: i?.chosenTables ?? [], authentication: i?.authentication ?? "connection_string",
    credential: i?.credential ?? "default", transport: i?.transport ?? "amqp", onGap: i?.onGap ?? "earliest", saslMechanism: i?.saslMechanism ?? "scram-sha-512", brokerTls: i?.brokerTls ?? true, paused: i?.paused ?? false,
  };
}

/** What counts with connection strings only, and with Entra ID only. */
const notOfHubs: readonly string[] = ["storageSas", "saslPassword", "brokers", "username", "brokerCa"];
const onlyStrings: readonly string[] = ["hubConnectionString", "storageConnectionString"];
const onlyEntra: readonly string[] = ["namespace", "storageAccount", "tenantId", "clientId", "clientSecret", "certificate"];

/** settingsOf is what the server is told: of the other way to sign in nothing, and no secret that was left as it is. */
export function settingsOf(d: Draft): IntakeSettings {
  if (d.source === "http") {
    const rate = Number(d.rate.trim());
    return { entity: d.entity.trim(), silenceAfter: d.silenceAfter.trim(), tags: d.tags, categories: d.categories, chosenTables: d.chosenTables, paused: d.paused, ...(d.rate.trim() === "" ? {} : { rate: Number.isInteger(rate) ? rate : 0 }) };
  }
  if (d.source === "blob") return blobSettings(d);
  if (d.source === "kafka") return kafkaSettings(d);
  const entra = d.authentication === "entra";
  const counts = (field: string) => !(entra ? onlyStrings : onlyEntra).includes(field) && !notOfHubs.includes(field);
  return {
    ...Object.fromEntries(texts.filter(counts).map((t) => [t, d[t].trim()])),
    ...Object.fromEntries(secrets.filter((s) => counts(s) && d[s].trim() !== "").map((s) => [s, d[s].trim()])),
    tags: d.tags, categories: d.categories, chosenTables: d.chosenTables, authentication: d.authentication, transport: d.transport, onGap: d.onGap, paused: d.paused,
    ...(entra ? { credential: d.credential } : {}),
  };
}

/** said are the fields of a draft, those that are secret where they are written. */
function said(d: Draft, fields: readonly TextField[], written: readonly SecretField[]): IntakeSettings {
  return {
    ...Object.fromEntries(fields.map((t) => [t, d[t].trim()])), ...Object.fromEntries(written.filter((s) => d[s].trim() !== "").map((s) => [s, d[s].trim()])),
    tags: d.tags, categories: d.categories, chosenTables: d.chosenTables, authentication: d.authentication, paused: d.paused, ...(d.authentication === "entra" ? { credential: d.credential } : {}),
  };
}

const ofEntra = { texts: ["tenantId", "clientId"], secrets: ["clientSecret", "certificate"] } as const;

function blobSettings(d: Draft): IntakeSettings {
  const always = ["entity", "silenceAfter", "storageContainer", "start"] as const;
  switch (d.authentication) {
    case "entra": return said(d, [...always, "storageAccount", ...ofEntra.texts], ofEntra.secrets);
    case "sas": return said(d, [...always, "storageAccount"], ["storageSas"]);
    default: return said(d, always, ["storageConnectionString"]);
  }
}

function kafkaSettings(d: Draft): IntakeSettings {
  const always = ["entity", "silenceAfter", "hubName", "consumerGroup", "start"] as const;
  const brokers = ["brokers", "brokerCa"] as const;
  const rest = { onGap: d.onGap, brokerTls: d.brokerTls, ...(d.brokerTls ? {} : { brokerCa: "" }) };
  switch (d.authentication) {
    case "entra": return { ...said(d, [...always, ...brokers, ...ofEntra.texts], ofEntra.secrets), ...rest };
    case "password": return { ...said(d, [...always, ...brokers, "username"], ["saslPassword"]), ...rest, saslMechanism: d.saslMechanism };
    case "none": return { ...said(d, [...always, ...brokers], []), ...rest };
    default: return { ...said(d, always, ["hubConnectionString"]), onGap: d.onGap };
  }
}

export type Faults = Partial<Record<string, string>>;

const name = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** nameFault is what is wrong with the name of a new intake; of one that is not written yet, nothing. */
export function nameFault(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === "" || name.test(trimmed)) return undefined;
  return trimmed.length > 63 ? "At most 63 characters." : "Letters, digits, - and _ alone, a letter or digit first.";
}

/** faultsOf is what is said of each field; that of one of a list is that of the list. */
export function faultsOf(problem: Problem): Faults {
  const faults: Faults = {};
  for (const f of problem.faults) {
    const at = f.at.replace(/\[\d+\]$/, "");
    faults[at] ??= f.message;
  }
  return faults;
}
