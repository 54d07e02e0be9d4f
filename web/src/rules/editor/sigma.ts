// What the editor knows of the layout of a Sigma rule: where in it the cursor is, and what may stand there.
// The server has the last word on whether a rule is right. https://sigmahq.io/sigma-specification/
import type { KnownLogsource, RuleField } from "../../api/client";

export interface Logsource {
  category?: string | undefined;
  product?: string | undefined;
  service?: string | undefined;
}

/** Place is where the cursor is: in a key, or in the value of one. */
export interface Place {
  /** Keys that are around it, the outermost first. */
  path: string[];
  /** Of a value: its key. */
  key?: string;
  /** Where what is being typed begins, and what that is. */
  from: number;
  text: string;
}

const indentOf = (line: string) => /^ *(?:- +)*/.exec(line)?.[0].length ?? 0;
const keyOf = (line: string) => /^ *(?:- +)*(?:'([^']*)'|"([^"]*)"|([^\s'"#:][^:#]*?)) *:(?: |$)/.exec(line);

/** placeAt tells where a position in a rule is. undefined: where nothing can be completed. */
export function placeAt(text: string, at: number): Place | undefined {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const line = text.slice(start, at);
  if (/^\s*#/.test(line)) return undefined;
  const path: string[] = [];
  let indent = indentOf(line);
  const above = text.slice(0, start).split("\n").slice(0, -1);
  for (let i = above.length - 1; i >= 0 && indent > 0; i--) {
    const other = above[i] ?? "";
    if (/^---/.test(other)) break;
    const key = keyOf(other);
    // A list may stand at the indentation of its key.
    const own = key && indentOf(other);
    if (key && own !== null && (own < indent || (own === indent && /^ *- /.test(line) && !/^ *- /.test(other)))) {
      path.unshift(name(key));
      indent = own;
    }
  }
  const key = keyOf(line);
  if (key) {
    const from = start + key[0].length;
    const typed = /^\s*/.exec(text.slice(from, at))?.[0].length ?? 0;
    return { path, key: name(key), from: from + typed, text: text.slice(from + typed, at) };
  }
  const from = start + indentOf(line);
  return { path, from, text: text.slice(from, at) };
}

function name(key: RegExpExecArray): string {
  return (key[1] ?? key[2] ?? key[3] ?? "").trim();
}

/** logsourceOf reads the logsource of a rule, however unfinished the rule is. */
export function logsourceOf(text: string): Logsource {
  const block = /^logsource: *\n((?:[ \t]+.*(?:\n|$)|\s*\n)*)/m.exec(text)?.[1] ?? "";
  const value = (key: string) => new RegExp(`^ +${key}: *['"]?([^'"#\\n]+?)['"]? *(?:#.*)?$`, "m").exec(block)?.[1];
  return { category: value("category"), product: value("product"), service: value("service") };
}

/** selectionsOf are the names that a condition may refer to. */
export function selectionsOf(text: string): string[] {
  const block = /^detection: *\n((?:[ \t]+.*(?:\n|$)|\s*\n)*)/m.exec(text)?.[1] ?? "";
  const indent = /^( +)\S/m.exec(block)?.[1] ?? "    ";
  return [...block.matchAll(new RegExp(`^${indent}([\\w-]+):`, "gm"))].map((m) => m[1] ?? "").filter((n) => n !== "condition" && n !== "timeframe");
}

export interface Option {
  label: string;
  detail?: string;
  info?: string;
  apply?: string;
  kind: "key" | "value" | "field";
}

export interface Vocabulary {
  logsources: KnownLogsource[];
  fields: RuleField[];
  /** Names of the dictionary of events, which rules may use too. */
  ecs: string[];
  /** Tags of ATT&CK. */
  tags: string[];
}

const topKeys: [string, string][] = [
  ["title", ""], ["id", "a UUID"], ["status", ""], ["description", ""], ["references", "list"], ["author", ""], ["date", "YYYY-MM-DD"], ["modified", "YYYY-MM-DD"], ["tags", "list"],
  ["logsource", ""], ["detection", ""], ["correlation", ""], ["fields", "list"], ["falsepositives", "list"], ["level", ""], ["license", ""], ["related", "list"], ["name", "for correlations"],
];
const blocks = new Set(["logsource", "detection", "correlation"]);
const lists = new Set(["references", "tags", "falsepositives", "fields", "related"]);
const modifiers = ["contains", "startswith", "endswith", "all", "re", "cased", "cidr", "exists", "base64", "base64offset", "utf16le", "wide", "windash", "fieldref", "lt", "lte", "gt", "gte", "neq", "i", "m", "s"];
const values: Record<string, string[]> = {
  status: ["experimental", "test", "stable", "deprecated", "unsupported"], level: ["informational", "low", "medium", "high", "critical"],
  type: ["event_count", "value_count", "temporal", "temporal_ordered"], timespan: ["5m", "15m", "1h", "1d"], generate: ["true", "false"],
};
const correlationKeys = ["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"];

/** optionsAt is what may stand at a place of a rule. */
export function optionsAt(place: Place, text: string, words: Vocabulary): Option[] {
  const [outer, ...inner] = place.path;
  if (outer === undefined) return place.key === undefined ? topKeys.map(([label, detail]) => keyOption(label, detail)) : valueOptions(values[place.key] ?? []);
  switch (outer) {
    case "logsource":
      return logsourceOptions(place, logsourceOf(text), words.logsources);
    case "detection":
      if (place.key === "condition" || inner[0] === "condition") return conditionOptions(selectionsOf(text));
      if (inner.length === 0 && place.key === undefined) return [keyOption("selection", ""), keyOption("filter", ""), { label: "condition", apply: "condition: ", kind: "key" }];
      return place.key === undefined ? fieldOptions(place, words) : [];
    case "correlation":
      return place.key === undefined && inner.length === 0 ? correlationKeys.map((k) => keyOption(k, "")) : valueOptions(values[place.key ?? ""] ?? []);
    case "tags":
      return valueOptions(words.tags);
    case "fields":
      return fieldOptions(place, words).map((o) => ({ ...o, apply: o.label }));
  }
  return [];
}

function keyOption(label: string, detail: string): Option {
  const after = blocks.has(label) || label === "selection" || label === "filter" ? ":\n    " : lists.has(label) ? ":\n    - " : ": ";
  return { label, apply: label + after, kind: "key", ...(detail ? { detail } : {}) };
}

function valueOptions(list: string[]): Option[] {
  return list.map((label) => ({ label, kind: "value" }));
}

function conditionOptions(selections: string[]): Option[] {
  return valueOptions([...selections, "and", "or", "not", "1 of them", "all of them", "1 of selection_*", "all of selection_*", "not 1 of filter_*"]);
}

/** logsourceOptions are the keys of a logsource, or values that go with what is said already. */
function logsourceOptions(place: Place, said: Logsource, known: KnownLogsource[]): Option[] {
  if (place.key === undefined) return ["category", "product", "service"].map((k) => keyOption(k, ""));
  const lists = { category: "categories", product: "products", service: "services" } as const;
  const wanted = lists[place.key as keyof typeof lists] as (typeof lists)[keyof typeof lists] | undefined;
  if (!wanted) return [];
  const fits = known.filter((l) => (Object.keys(lists) as (keyof typeof lists)[]).every((k) => {
    const value = said[k];
    return k === place.key || !value || l[lists[k]].includes(value) || l[lists[k]].length === 0;
  }));
  const found = new Map<string, Option>();
  for (const l of fits) {
    for (const label of l[wanted]) {
      if (label && !found.has(label)) found.set(label, { label, kind: "value", detail: l.reason ? "nothing answers it" : l.tables.length > 2 ? `${l.tables.length} tables` : l.tables.join(", "), ...(l.reason ? { info: l.reason } : {}) });
    }
  }
  return [...found.values()];
}

/** fieldOptions are fields or, behind a bar, modifiers. */
function fieldOptions(place: Place, words: Vocabulary): Option[] {
  const bar = place.text.lastIndexOf("|");
  if (bar >= 0) {
    const field = place.text.slice(0, bar + 1);
    return modifiers.map((m) => ({ label: field + m, detail: "modifier", apply: `${field}${m}: `, kind: "field" }));
  }
  const known = words.fields.map((f) => ({
    label: f.name, apply: `${f.name}: `, kind: "field" as const, detail: f.applies === "yes" ? "" : f.applies === "partly" ? "in part" : "no counterpart", ...(f.note ? { info: f.note } : {}),
  }));
  const names = new Set(words.fields.map((f) => f.name));
  return [...known, ...words.ecs.filter((n) => !names.has(n)).map((n) => ({ label: n, apply: `${n}: `, kind: "field" as const, detail: "ECS" }))];
}

/** A rule to begin with. */
export function template(id: string, day: string): string {
  return `title: 
id: ${id}
status: experimental
description: 
date: ${day}
tags:
    - attack.execution
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        Image|endswith: '\\\\'
        CommandLine|contains: ''
    condition: selection
falsepositives:
    - Unknown
level: medium
`.replace("'\\\\'", "'\\'");
}

/** copyOf makes a rule of one's own of another: it gets an id of its own, and says where it comes from. */
export function copyOf(text: string, id: string): string {
  const old = /^id: *(\S+) *$/m.exec(text)?.[1];
  const withId = old ? text.replace(/^id: *\S+ *$/m, `id: ${id}`) : text.replace(/^(title:.*\n)/m, `$1id: ${id}\n`);
  return old && /^[0-9a-f-]{36}$/i.test(old) && !/^related:/m.test(text) ? withId.replace(/^(id:.*\n)/m, `$1related:\n    - id: ${old}\n      type: derived\n`) : withId;
}
