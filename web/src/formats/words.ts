import type { FormatDocument } from "../api/client";

/** formatPath is the address of a format, or of a part of its page. */
export const formatPath = (id: string, part?: string) => `/formats/${encodeURIComponent(id)}${part === undefined ? "" : `/${part}`}`;

/** holds tells whether one of the texts has every word that is looked for, whatever its case. */
export function holds(wanted: string, ...texts: (string | undefined)[]): boolean {
  const all = texts.join("\n").toLowerCase();
  return wanted.toLowerCase().split(/\s+/).every((word) => all.includes(word));
}

const ways: Record<string, string> = { eventhub: "Azure Event Hubs", blob: "a storage account", http: "HTTP with an intake key", file: "files" };

/** arriving is how records of a format arrive, in words. */
export function arriving(sources: readonly string[]): string {
  return sources.map((s) => ways[s] ?? s).join(", ");
}

export interface Technique {
  id: string;
  rules: FormatDocument["rules"];
}

/** techniquesOf are the techniques of a format's rules, by id. */
export function techniquesOf(rules: FormatDocument["rules"]): Technique[] {
  const byID = new Map<string, FormatDocument["rules"]>();
  for (const r of rules) for (const id of r.techniques) byID.set(id, [...(byID.get(id) ?? []), r]);
  return [...byID].map(([id, list]) => ({ id, rules: list })).sort((a, b) => a.id.localeCompare(b.id));
}
