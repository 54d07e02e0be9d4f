// Pivots: questions that lead from a value to every event that has to do with it.
import { literal } from "../query/syntax";
import type { Scalar } from "./document";

export interface Pivot {
  label: string;
  query: string;
}

const either = (fields: string[], value: string) => fields.map((f) => `${f}: ${literal(value)}`).join(" or ");

/** A value longer than this is no name of anything. */
const longest = 400;

const address = /(?:^|\.)ip$/;
const hash = /\.hash\.(?:md5|sha1|sha256)$/;
const user = /^(?:process\.|source\.|destination\.)?(?:parent\.)?user\.name$/;
const mail = /^(?:user\.email|email\.(?:from|to|cc)\.address|process\.user\.email)$/;

/** pivotOf gives the question that a value of a field leads to; host is the one that the event is of. */
export function pivotOf(field: string, value: Scalar, host?: Scalar): Pivot | undefined {
  const text = String(value);
  if (text === "" || text.length > longest) return undefined;
  if (field === "host.name" || field === "host.hostname" || field === "host.id") return { label: "All events of this host", query: either([field], text) };
  if (user.test(field)) return { label: "All events of this user", query: either(["user.name", "process.user.name"], text) };
  if (mail.test(field)) return { label: "All events of this mail address", query: either(["user.email", "process.user.email", "email.from.address", "email.to.address"], text) };
  if (address.test(field)) return { label: "All events of this address", query: either(["related.ip", "host.ip"], text) };
  if (hash.test(field)) return { label: "All events of this hash", query: either(["related.hash"], text) };
  if (/^process\.(?:parent\.)?pid$/.test(field) && host !== undefined) {
    return { label: "All events of this process", query: `host.name: ${literal(String(host))} and (${either(["process.pid", "process.parent.pid"], text)})` };
  }
  if (/^process\.(?:parent\.)?(?:name|executable)$/.test(field)) {
    const last = field.endsWith("name") ? "name" : "executable";
    return { label: "All events of this program", query: either([`process.${last}`, `process.parent.${last}`], text) };
  }
  if (field === "file.name" || field === "file.path") return { label: "All events of this file", query: either([field], text) };
  if (field === "url.domain" || field === "dns.question.name" || field === "destination.domain") return { label: "All events of this domain", query: either(["url.domain", "dns.question.name"], text) };
  return undefined;
}

/** timelineOf gives the address of the timeline that a value has; only hosts and users have one. */
export function timelineOf(field: string, value: Scalar, at?: string): string | undefined {
  const text = String(value);
  if (text === "" || text.length > longest) return undefined;
  const kind = field === "host.name" || field === "host.id" ? "host" : user.test(field) || mail.test(field) ? "user" : undefined;
  if (!kind) return undefined;
  const params = new URLSearchParams({ [kind]: text });
  if (at) params.set("at", at);
  return `/events/timeline?${params}`;
}

/** searchFor gives the address of a search. */
export function searchFor(query: string, range?: { from: string; to: string }): string {
  return `/events?${new URLSearchParams({ q: query, ...range })}`;
}
