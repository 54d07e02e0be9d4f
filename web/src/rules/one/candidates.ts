// What an exception may say of the events of an alert: their values, to be ticked.
import type { RuleExplanation } from "../../api/client";
import type { Where } from "./exception";

/** One value that events have in a field. */
export interface Candidate {
  field: string;
  value: string;
  /** So many of the events have it. */
  events: number;
  /** The rule asks for the field itself. */
  ofRule: boolean;
  /** Column of a table that tells who, where or what more than others. */
  telling: boolean;
}

/** What is known of one event: what the rule reads in it, and its columns. */
export interface Known {
  fields: [string, string][];
  columns: [string, string][];
}

/** A longer value tells one event from all others. */
const longest = 2_000;

const telling = [
  "DeviceName", "ActionType", "AccountName", "AccountDomain", "AccountUpn", "AccountDisplayName", "FileName", "FolderPath", "ProcessCommandLine", "SHA256", "InitiatingProcessFileName",
  "InitiatingProcessFolderPath", "InitiatingProcessCommandLine", "InitiatingProcessParentFileName", "InitiatingProcessAccountName", "InitiatingProcessSHA256", "RegistryKey", "RegistryValueName",
  "RemoteIP", "RemoteUrl", "RemoteDeviceName", "LocalIP", "Application", "IPAddress", "SenderFromAddress", "SenderFromDomain", "RecipientEmailAddress", "Subject", "TargetAccountUpn", "ObjectName",
];

/** knownOf reads an event's record and why a rule matches it. */
export function knownOf(record: string, explanation: RuleExplanation | undefined): Known {
  const fields: [string, string][] = [];
  const take = (v: RuleExplanation["streams"][number]["condition"]) => {
    if (v.field) for (const value of v.values) fields.push([v.field, value]);
    for (const part of v.of ?? []) take(part);
  };
  for (const s of explanation?.streams ?? []) if (s.outside === undefined) take(s.condition);
  return { fields, columns: columnsOf(record) };
}

function columnsOf(record: string): [string, string][] {
  let properties: unknown;
  try {
    properties = (JSON.parse(record) as { properties?: unknown }).properties;
  } catch {
    return []; // a record that is no JSON has no columns
  }
  if (typeof properties !== "object" || properties === null) return [];
  return Object.entries(properties).flatMap(([name, v]): [string, string][] => (typeof v === "string" || typeof v === "number" || typeof v === "boolean" ? [[name, String(v)]] : []));
}

/** candidatesOf puts what the rule asks for first, then what tells most. */
export function candidatesOf(events: readonly Known[]): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const e of events) {
    const seen = new Set<string>();
    const add = (field: string, value: string, ofRule: boolean) => {
      const key = `${field}\n${value}`;
      if (value === "" || value.length > longest || seen.has(key)) return;
      seen.add(key);
      const known = found.get(key);
      if (known) known.events++;
      else found.set(key, { field, value, events: 1, ofRule, telling: telling.includes(field) });
    };
    for (const [field, value] of e.fields) add(field, value, true);
    for (const [field, value] of e.columns) add(field, value, false);
  }
  const rank = (c: Candidate) => (c.ofRule ? 0 : c.telling ? 1 + telling.indexOf(c.field) : 1_000);
  return [...found.values()].sort((a, b) => rank(a) - rank(b) || (rank(a) === 1_000 ? a.field.localeCompare(b.field) : 0));
}

/** prefilled is the exception to begin with: what the rule asks for, as all events have it. */
export function prefilled(candidates: readonly Candidate[], events: number): Where[] {
  return candidates.filter((c) => c.ofRule && c.events === events).reduce<Where[]>((where, c) => toggledIn(where, c), []);
}

export function isIn(where: readonly Where[], c: Pick<Candidate, "field" | "value">): boolean {
  return where.some((w) => w.op === "is" && w.field === c.field && w.values.includes(c.value));
}

/** toggledIn puts a value into an exception, or takes it out; values of one field are alternatives. */
export function toggledIn(where: readonly Where[], c: Pick<Candidate, "field" | "value">): Where[] {
  const filled = where.filter((w) => w.field !== "" && (w.values.length > 0 || w.field !== c.field));
  const row = filled.find((w) => w.op === "is" && w.field === c.field);
  if (!row) return [...filled, { field: c.field, op: "is", values: [c.value] }];
  const values = row.values.includes(c.value) ? row.values.filter((v) => v !== c.value) : [...row.values, c.value];
  return filled.flatMap((w) => (w !== row ? [w] : values.length > 0 ? [{ ...w, values }] : []));
}
