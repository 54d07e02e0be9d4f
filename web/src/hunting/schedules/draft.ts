// A schedule while it is being written: as text where a form has text.
import type { Entity, Parameter, ResultColumn, Schedule, Standing } from "../wire";

/** draftKey is where the editor leaves the query that is to be scheduled, for it may be too long for an address. */
export const draftKey = "penstock.hunting.schedule";

export type Unit = "m" | "h" | "d";
export const unitWords: Record<Unit, string> = { m: "minutes", h: "hours", d: "days" };
const seconds: Record<Unit, number> = { m: 60, h: 3_600, d: 86_400 };

export interface Span {
  count: number;
  unit: Unit;
}

export const secondsOf = (s: Span): number => Math.round(s.count * seconds[s.unit]);

/** spanOf writes seconds in the largest unit that they are a whole number of. */
export function spanOf(total: number): Span {
  const unit = (["d", "h"] as const).find((u) => total >= seconds[u] && total % seconds[u] === 0) ?? "m";
  return { count: total / seconds[unit], unit };
}

export const entityKinds = ["host", "user", "process", "file", "ip", "url", "mailbox", "mail", "app", "registry", "resource", "other"] as const;
export const groupings = ["entity", "run", "row"] as const;
export const groupingWords: Record<Standing["grouping"], string> = { entity: "Rows with the same entities are one alert", run: "All rows of a run are one alert", row: "Each row is an alert" };
export const severities = ["informational", "low", "medium", "high", "critical"] as const;
export const comparisons = [">", ">=", "=", "<"] as const;
export const comparisonWords: Record<(typeof comparisons)[number], string> = { ">": "more than", ">=": "at least", "=": "exactly", "<": "fewer than" };

export interface Draft {
  name: string;
  description: string;
  query: string;
  parameters: Parameter[];
  enabled: boolean;
  every: Span;
  lookback: Span;
  op: Standing["threshold"]["op"];
  rows: number;
  severity: Standing["severity"];
  tactics: string[];
  techniques: string[];
  entities: Entity[];
  grouping: Standing["grouping"];
  suppress: Span;
  revision: number;
}

export function draftOf(s: Schedule): Draft {
  return {
    name: s.name, description: s.description ?? "", query: s.query, parameters: s.parameters ?? [], enabled: s.enabled, every: spanOf(s.everySeconds), lookback: spanOf(s.lookbackSeconds), op: s.threshold.op, rows: s.threshold.rows,
    severity: s.severity, tactics: s.tactics ?? [], techniques: s.techniques ?? [], entities: s.entities ?? [], grouping: s.grouping, suppress: spanOf(s.suppressSeconds ?? 0), revision: s.revision ?? 0,
  };
}

/** freshDraft is a schedule of a query that the editor left, as one would mostly want it. */
export function freshDraft(left: string | null): Draft {
  let from: { query?: unknown; name?: unknown; parameters?: unknown } = {};
  try {
    from = (JSON.parse(left ?? "{}") as typeof from | null) ?? {};
  } catch {
    // What cannot be read was left by something else.
  }
  const name = typeof from.name === "string" && !/^Query \d+$/.test(from.name) ? from.name : "";
  return {
    name, description: "", query: typeof from.query === "string" ? from.query : "", parameters: Array.isArray(from.parameters) ? (from.parameters as Parameter[]) : [], enabled: true, every: { count: 1, unit: "h" },
    lookback: { count: 1, unit: "h" }, op: ">", rows: 0, severity: "medium", tactics: [], techniques: [], entities: [], grouping: "run", suppress: { count: 0, unit: "m" }, revision: 0,
  };
}

/** standingOf is what the server is told. */
export function standingOf(d: Draft): Standing {
  return {
    name: d.name.trim(), query: d.query, enabled: d.enabled, everySeconds: secondsOf(d.every), lookbackSeconds: Math.max(secondsOf(d.lookback), secondsOf(d.every)), threshold: { op: d.op, rows: d.rows }, severity: d.severity,
    grouping: d.grouping, entities: d.entities, tactics: d.tactics, techniques: d.techniques.map((t) => t.toUpperCase()), suppressSeconds: secondsOf(d.suppress), parameters: d.parameters,
    ...(d.description.trim() ? { description: d.description.trim() } : {}), ...(d.revision > 0 ? { revision: d.revision } : {}),
  };
}

const guesses: [RegExp, Entity["kind"]][] = [
  [/^(?:Target|Destination)?Device(?:Name|Id)$/i, "host"],
  [/^(?:AccountName|AccountUpn|AccountObjectId|AccountSid|InitiatingProcessAccount(?:Name|Upn)|UserId|UserPrincipalName|TargetAccountUpn)$/i, "user"],
  [/^(?:Sender(?:From|MailFrom)|RecipientEmail)Address$/i, "mailbox"],
  [/^(?:NetworkMessageId|InternetMessageId)$/i, "mail"],
  [/(?:^|[a-z])IP(?:Address|v4|v6)?$/, "ip"],
  [/^(?:SHA1|SHA256|MD5|FolderPath|InitiatingProcessSHA(?:1|256))$/i, "file"],
  [/^(?:ProcessId|ProcessCommandLine|InitiatingProcessCommandLine)$/i, "process"],
  [/^(?:RemoteUrl|Url|UrlDomain)$/i, "url"],
  [/^(?:Application|ApplicationId|OAuthAppId)$/i, "app"],
  [/^RegistryKey$/i, "registry"],
  [/^ResourceId$/i, "resource"],
];

/** suggestedEntities are what columns hold by their names; what is chosen already is not suggested. */
export function suggestedEntities(columns: readonly ResultColumn[], chosen: readonly Entity[]): Entity[] {
  return columns.flatMap((c) => {
    const kind = guesses.find(([pattern]) => pattern.test(c.name))?.[1];
    return kind && !chosen.some((e) => e.column === c.name) ? [{ kind, column: c.name }] : [];
  }).slice(0, 20);
}
