// What happened to an alert, comments among the changes, as one stream.
import type { components } from "../../api/schema";
import { statusName, verdictName } from "../words";

export type Entry = components["schemas"]["AlertEntry"];
export type Comment = components["schemas"]["AlertComment"];

export interface Deed {
  key: string;
  time: string;
  /** Empty: Penstock itself. */
  actor: string;
  /** What was said; undefined: something was changed. */
  comment?: string;
  changes: string[];
}

/** Changes of one moment by one actor are one deed. */
const together = 1_000;

/** streamOf joins both, the newest first. That a comment was made is told by the comment itself. */
export function streamOf(entries: readonly Entry[], comments: readonly Comment[]): Deed[] {
  const deeds: Deed[] = [];
  for (const [i, e] of entries.entries()) {
    if (e.what === "comment") continue;
    const last = deeds.at(-1);
    const actor = e.actor ?? "";
    if (last?.actor === actor && Date.parse(e.time) - Date.parse(last.time) < together) last.changes.push(inWords(e));
    else deeds.push({ key: `entry ${i}`, time: e.time, actor, changes: [inWords(e)] });
  }
  for (const c of comments) deeds.push({ key: `comment ${c.id}`, time: c.time, actor: c.actor, comment: c.text, changes: [] });
  return deeds.sort((a, b) => Date.parse(b.time) - Date.parse(a.time));
}

/** inWords says what was changed, after the name of who did it. */
export function inWords(e: Entry): string {
  const known = { ...statusName, ...verdictName } as Record<string, string | undefined>;
  const word = (v: string | undefined) => (v ? known[v] ?? v : "none");
  const note = e.note ? ` (${e.note})` : "";
  switch (e.what) {
    case "status": return `set the status from ${word(e.old)} to ${word(e.new)}${note}`;
    case "verdict": return `${e.new ? `gave the verdict ${word(e.new)}` : "took the verdict back"}${e.old ? `, before ${word(e.old)}` : ""}${note}`;
    case "assignee": return `${e.new ? `assigned it to ${e.new}` : "assigned it to nobody"}${e.old ? `, before ${e.old}` : ""}${note}`;
    case "tags": return `set the tags to ${word(e.new)}${e.old ? `, before ${e.old}` : ""}${note}`;
    case "urgency": return `set the urgency from ${word(e.old)} to ${word(e.new)}${note}`;
    default: return `changed ${e.what.replaceAll("_", " ")}${e.old || e.new ? ` from ${word(e.old)} to ${word(e.new)}` : ""}${note}`;
  }
}
