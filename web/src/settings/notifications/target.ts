// The settings of a notification target as its form holds them.
import type { NotificationTarget, TargetSettings } from "../../api/client";
import { faultOf } from "../../api/problem";

export type Kind = TargetSettings["kind"];
export type Change = NonNullable<TargetSettings["changes"]>[number];
export type Encryption = NonNullable<TargetSettings["encryption"]>;

export const kinds: readonly Kind[] = ["webhook", "email", "slack", "teams"];
export const kindName: Record<Kind, string> = { webhook: "Webhook", email: "E-mail", slack: "Slack", teams: "Microsoft Teams" };
export const changes: readonly Change[] = ["created", "reopened", "escalated"];
export const changeName: Record<Change, string> = { created: "A new alert", reopened: "An alert that is open again", escalated: "An alert that became more urgent" };
export const encryptions: readonly Encryption[] = ["starttls", "tls", "none"];

export interface TargetForm {
  name: string;
  kind: Kind;
  enabled: boolean;
  url: string;
  secret: string;
  smtp: string;
  encryption: Encryption;
  username: string;
  from: string;
  /** One address a line. */
  to: string;
  changes: Change[];
  minUrgency: number;
  perMinute: number;
  subject: string;
  body: string;
}

/** formOf is what the form begins with; secrets are never shown, so they begin empty and stay as they were. */
export function formOf(t?: NotificationTarget): TargetForm {
  return {
    name: t?.name ?? "", kind: t?.kind ?? "webhook", enabled: t?.enabled ?? true, url: t?.url ?? "", secret: "", smtp: t?.smtp ?? "",
    encryption: t?.encryption ?? "starttls", username: t?.username ?? "", from: t?.from ?? "", to: (t?.to ?? []).join("\n"),
    changes: t?.changes?.length ? t.changes : [...changes], minUrgency: t?.minUrgency ?? 0, perMinute: t?.perMinute ?? 10, subject: t?.subject ?? "", body: t?.body ?? "",
  };
}

/** settingsOf is what the server is told: of the fields of other kinds nothing. */
export function settingsOf(f: TargetForm): TargetSettings {
  const mail = f.kind === "email";
  const text = (name: "url" | "secret" | "smtp" | "username" | "from" | "subject" | "body", wanted: boolean) => (wanted && f[name].trim() ? { [name]: f[name].trim() } : {});
  return {
    name: f.name.trim(), kind: f.kind, enabled: f.enabled, minUrgency: f.minUrgency, perMinute: f.perMinute,
    ...(f.changes.length < changes.length ? { changes: f.changes } : {}),
    ...text("url", !mail), ...text("secret", mail || f.kind === "webhook"), ...text("smtp", mail), ...text("username", mail), ...text("from", mail),
    ...(mail ? { encryption: f.encryption, to: f.to.split(/[\n,;]/).map((a) => a.trim()).filter((a) => a !== "") } : {}),
    ...text("subject", mail), ...text("body", true),
  };
}

/** faultAt is what the server says about a field, or about one of its elements, without the field's name. */
export function faultAt(error: Error | null, name: string): string | undefined {
  const said = faultOf(error, name) ?? faultOf(error, `${name}[0]`);
  return said?.startsWith(`${name}: `) ? said.slice(name.length + 2) : said;
}

/** leadsTo is where a target leads, as far as may be shown. */
export function leadsTo(t: NotificationTarget): string {
  return t.kind === "email" ? (t.to ?? []).join(", ") : (t.url ?? "");
}
