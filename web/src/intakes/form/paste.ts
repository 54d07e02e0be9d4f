// The settings that a deployment tells when it is done, pasted in one piece.
import { secrets, texts } from "./draft";
import type { Authentication, Credential, Draft, SecretField, TextField } from "./draft";

/** Pasted is what was found in a text: the settings, or what is wrong with it. */
export type Pasted = { settings: Partial<Draft>; fault?: undefined } | { settings?: undefined; fault: string };

const fields: readonly (TextField | SecretField)[] = [...texts, ...secrets];

/** What other kits call the same, in small letters without what stands between the words. */
const aliases: Readonly<Record<string, TextField | SecretField>> = {
  eventhubname: "hubName", hubconsumergroup: "consumerGroup", storagecontainername: "storageContainer", storageaccountname: "storageAccount",
};

const authentications: readonly Authentication[] = ["connection_string", "entra"];
const credentials: readonly Credential[] = ["default", "client_secret", "certificate", "managed_identity", "workload_identity"];

const largest = 64 * 1024;

/** pasted reads the JSON of a deployment: the settings themselves, or the outputs that Azure or Terraform wraps them in. */
export function pasted(text: string): Pasted {
  if (text.length > largest) return { fault: "It is too long for the settings of an intake." };
  let json: unknown;
  try {
    json = JSON.parse(text.trim());
  } catch {
    return { fault: "This is not JSON. Paste all of what the deployment printed, from { to }." };
  }
  const settings = settingsOf(json);
  if (Object.keys(settings).length === 0) return { fault: "There is no setting of an intake in it. Paste what the deployment's last command printed." };
  if (settings.namespace !== undefined && settings.authentication === undefined && settings.hubConnectionString === undefined) settings.authentication = "entra";
  return { settings: { source: "eventhub", ...settings } };
}

function settingsOf(json: unknown): Partial<Draft> {
  if (!isObject(json)) return {};
  // A whole deployment holds its outputs, and these hold the settings as one of them.
  for (const within of [inside(json, "properties", "outputs"), json["outputs"], valueOf(json["intake"])]) {
    const found = within === undefined ? {} : settingsOf(within);
    if (Object.keys(found).length > 0) return found;
  }
  const settings: Partial<Draft> = {};
  for (const [name, wrapped] of Object.entries(json)) {
    const value = valueOf(wrapped);
    if (name === "chosenTables" && isTexts(value)) settings.chosenTables = value;
    if (typeof value !== "string" || value.trim() === "") continue;
    const plain = name.toLowerCase().replace(/[^a-z]/g, "");
    const field = fields.find((f) => f.toLowerCase() === plain) ?? aliases[plain];
    if (field !== undefined) settings[field] = value.trim();
    const authentication = plain === "authentication" ? authentications.find((a) => a === value) : undefined;
    if (authentication !== undefined) settings.authentication = authentication;
    const credential = plain === "credential" ? credentials.find((c) => c === value) : undefined;
    if (credential !== undefined) settings.credential = credential;
  }
  if (settings.hubConnectionString !== undefined) settings.authentication ??= "connection_string";
  return settings;
}

function inside(json: Record<string, unknown>, outer: string, inner: string): unknown {
  const between = json[outer];
  return isObject(between) ? between[inner] : undefined;
}

/** valueOf is the value of an output, which is wrapped with its type. */
function valueOf(v: unknown): unknown {
  return isObject(v) && "value" in v ? v["value"] : v;
}

function isTexts(v: unknown): v is string[] {
  return Array.isArray(v) && v.every((one) => typeof one === "string");
}

function isObject(v: unknown): v is Record<string, unknown> {
  return typeof v === "object" && v !== null && !Array.isArray(v);
}
