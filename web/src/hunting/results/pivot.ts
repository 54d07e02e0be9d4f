// From a value or a row of a result to the events that it is about.
import { pivotOf, searchFor } from "../../events/pivot";
import { literal } from "../../query/syntax";
import type { ResultColumn } from "../wire";
import { plain } from "./values";

/** Fields of events that columns of Defender's tables become, where a search by the field finds more than by its words. */
const fieldPatterns: [RegExp, string][] = [
  [/^(?:Target|Destination|Remote)?DeviceName$/i, "host.name"],
  [/^DeviceId$/i, "host.id"],
  [/^(?:InitiatingProcess|Request|Target)?AccountName$/i, "user.name"],
  [/^(?:(?:InitiatingProcess|Target)?Account(?:Upn|UPN)|(?:Sender(?:From|MailFrom)|Recipient(?:Email)?)Address)$/i, "user.email"],
  [/^(?:InitiatingProcess)?(?:SHA1|SHA256|MD5)$/i, "file.hash.sha256"],
  [/(?:^|[a-z])IP(?:Address|v4|v6)?$/, "related.ip"],
  [/^(?:InitiatingProcess|InitiatingProcessParent|ProcessVersionInfoOriginal)FileName$/i, "process.name"],
  [/^(?:Remote)?UrlDomain$|^SenderFromDomain$/i, "url.domain"],
];

/** What else finds the one thing that it names. */
const named: Record<string, string> = { alertid: "microsoft.defender.alert.id", networkmessageid: "email.local_id" };

const longest = 300;

/** searchOf is the query for the events that have to do with a value; undefined where it says too little or too much. */
export function searchOf(column: string, value: unknown): string | undefined {
  const text = plain(value).trim();
  if (text.length < 2 || text.length > longest) return undefined;
  const own = named[column.toLowerCase()];
  if (own) return `${own}: ${literal(text)}`;
  const field = fieldPatterns.find(([pattern]) => pattern.test(column))?.[1];
  const by = field && pivotOf(field, text);
  if (by) return by.query;
  // Words match as they stand: quotation marks keep them together.
  return /[\p{L}\p{N}]/u.test(text) ? `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replace(/[\r\n\t]+/g, " ")}"` : undefined;
}

const wide = 86_400_000;

/** around is a range of so many milliseconds on both sides of a moment. */
export function around(moment: string, by: number): { from: string; to: string } | undefined {
  const t = Date.parse(moment);
  return Number.isNaN(t) ? undefined : { from: new Date(t - by).toISOString(), to: new Date(t + by).toISOString() };
}

const valueOf = (columns: readonly ResultColumn[], row: readonly unknown[], name: string): string => plain(row[columns.findIndex((c) => c.name.toLowerCase() === name.toLowerCase())]);

/** eventsPath is the address of the events that have to do with a value of a row: of the day before and after it, or else of the range of the hunt. */
export function eventsPath(columns: readonly ResultColumn[], row: readonly unknown[], column: number, hunted: { from: string; to: string }): string | undefined {
  const query = searchOf(columns[column]?.name ?? "", row[column]);
  if (query === undefined) return undefined;
  return searchFor(query, around(valueOf(columns, row, "Timestamp") || valueOf(columns, row, "TimeGenerated"), wide) ?? hunted);
}

/** eventSearch finds the very event that a row is, where the row has what identifies one; ReportId repeats, so the device and the moment have to be the same. */
export function eventSearch(columns: readonly ResultColumn[], row: readonly unknown[]): { q: string; from: string; to: string } | undefined {
  const range = around(valueOf(columns, row, "Timestamp") || valueOf(columns, row, "TimeGenerated"), 1_000);
  const report = valueOf(columns, row, "ReportId");
  if (!range || report === "") return undefined;
  const device = valueOf(columns, row, "DeviceId");
  return { q: `microsoft.defender.report.id: ${literal(report)}${device ? ` and host.id: ${literal(device)}` : ""}`, ...range };
}
