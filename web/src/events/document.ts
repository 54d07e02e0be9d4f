// ECS documents as the page reads them: nested objects under dotted names, lists as several values.

export type Scalar = string | number | boolean | null;

export interface FlatField {
  name: string;
  values: Scalar[];
}

/** flatten gives every field of a document in order of name. */
export function flatten(document: unknown): FlatField[] {
  const fields = new Map<string, Scalar[]>();
  collect(document, "", fields);
  return [...fields]
    .map(([name, values]) => ({ name, values }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function collect(value: unknown, name: string, into: Map<string, Scalar[]>): void {
  if (Array.isArray(value)) {
    for (const v of value) collect(v, name, into);
    return;
  }
  if (typeof value === "object" && value !== null) {
    for (const [k, v] of Object.entries(value)) collect(v, name === "" ? k : `${name}.${k}`, into);
    return;
  }
  const list = into.get(name);
  if (list) list.push(value as Scalar);
  else into.set(name, [value as Scalar]);
}

/** valuesOf finds the values of one field; names with dots may be nested, or keys as they are. */
export function valuesOf(document: unknown, name: string): Scalar[] {
  if (document === undefined) return [];
  if (name === "") {
    const into = new Map<string, Scalar[]>();
    collect(document, "", into);
    return into.get("") ?? [];
  }
  if (Array.isArray(document)) return document.flatMap((d) => valuesOf(d, name));
  if (typeof document !== "object" || document === null) return [];
  const entries = document as Record<string, unknown>;
  for (let dot = name.length; dot > 0; dot = name.lastIndexOf(".", dot - 1)) {
    const head = name.slice(0, dot);
    if (head in entries) return valuesOf(entries[head], name.slice(dot + 1));
  }
  return [];
}

/** The fields that tell most about an event, most telling first. */
const telling = [
  "event.action", "rule.name", "process.command_line", "process.name", "process.parent.name", "file.path", "file.name", "registry.path", "registry.value",
  "email.subject", "email.from.address", "email.to.address", "url.original", "url.full", "url.domain", "destination.ip", "destination.port", "source.ip",
  "dns.question.name", "cloud.service.name", "event.reason", "event.outcome", "user.email", "group.name", "threat.technique.name", "host.os.full",
];

/** summary picks the fields that tell what an event is about. */
export function summary(document: unknown): FlatField[] {
  const found: FlatField[] = [];
  for (const name of telling) {
    const values = valuesOf(document, name);
    if (values.length > 0) found.push({ name, values });
    if (found.length === 5) return found;
  }
  return found;
}

// Characters that would reorder or hide text around them (Unicode bidirectional controls and other control characters).
const unsafe = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** visible writes a value so that nothing in it can disguise what it says. */
export function visible(value: Scalar): string {
  return String(value).replace(unsafe, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
