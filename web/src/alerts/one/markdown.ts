// An alert as Markdown, for a ticket elsewhere.
import type { AlertDetail, AlertEvent } from "../../api/client";
import { visible } from "../../events/document";
import { originName, outcome } from "../words";

/** So many events and entities are in it; the address leads to all. */
const most = 20;
const longest = 400;

/** markdownOf writes an alert so that nothing in its values is taken for markup. */
export function markdownOf(a: AlertDetail, events: readonly AlertEvent[], told: ReadonlyMap<string, string>, address: string): string {
  const lines = [
    `## ${plain(a.title)}`, "",
    `[Alert ${a.id}](${address}) in Penstock`, "",
    `- **Urgency:** ${a.urgency} (${a.band}): ${a.reasons.map((r) => `${plain(r.text)} ${r.points > 0 ? "+" : ""}${r.points}`).join("; ")}`,
    `- **Status:** ${outcome(a)}${a.assignee ? `, ${plain(a.assignee)}` : ""}`,
    `- **Seen:** ${a.first} to ${a.last}, ${a.occurrences} ${a.occurrences === 1 ? "occurrence" : "occurrences"}`,
    `- **Raised by:** ${originName[a.origin]}${a.rule ? ` ${code(a.rule)}` : ""}`,
  ];
  if (a.attack.length > 0) lines.push(`- **ATT&CK:** ${a.attack.map((t) => plain(`${t.id} ${t.name}`)).join(", ")}`);
  if (a.tags.length > 0) lines.push(`- **Tags:** ${a.tags.map(plain).join(", ")}`);
  if (a.description) lines.push("", ...a.description.split(/\r?\n/).map((l) => `> ${plain(l)}`));
  if (a.entities.length > 0) lines.push("", "### Entities", "", ...a.entities.slice(0, most).map((e) => `- ${e.kind}: ${code(e.value)}${e.roles.length > 0 ? ` (${e.roles.map(plain).join(", ")})` : ""}`), ...rest(a.entities.length));
  if (events.length > 0) lines.push("", "### Events", "", ...events.slice(0, most).map((e) => `- ${e.time} ${e.table}: ${code(told.get(e.id) ?? e.summary)}`), ...rest(events.length));
  return `${lines.join("\n")}\n`;
}

function rest(n: number): string[] {
  return n > most ? [`- and ${n - most} more`] : [];
}

/** oneLine is a value without line breaks, cut where it is very long. */
function oneLine(text: string): string {
  const line = visible(text).replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

/** plain takes the meaning from what Markdown or HTML would see as markup. */
function plain(text: string): string {
  return oneLine(text).replace(/[\\`*_[\]<>#|~!&]/g, (c) => (c === "<" ? "&lt;" : c === ">" ? "&gt;" : c === "&" ? "&amp;" : `\\${c}`));
}

/** code writes a value as a code span, with a fence longer than any within it. */
function code(text: string): string {
  const line = oneLine(text);
  const fence = "`".repeat(Math.max(0, ...[...line.matchAll(/`+/g)].map((m) => m[0].length)) + 1);
  const pad = line.startsWith("`") || line.endsWith("`") || line === "" ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}
