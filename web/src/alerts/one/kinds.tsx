// Kinds of entities: their icon, and where an entity of one leads.
import { IconAppWindow, IconCloud, IconCpu, IconDeviceDesktop, IconFile, IconHash, IconKey, IconLink, IconMail, IconMailbox, IconPoint, IconServerCog, IconUser, IconUsersGroup, IconWorld, IconNetwork } from "@tabler/icons-react";
import { createElement } from "react";
import { literal } from "../../query/syntax";
import { pivotOf, searchFor } from "../../events/pivot";

const icons: Record<string, typeof IconPoint> = {
  host: IconDeviceDesktop, user: IconUser, process: IconCpu, file: IconFile, ip: IconNetwork, url: IconLink, domain: IconWorld, mailbox: IconMailbox, mail: IconMail,
  app: IconAppWindow, registry: IconKey, service: IconServerCog, resource: IconCloud, group: IconUsersGroup, hash: IconHash,
};

/** KindIcon shows the kind of an entity; with a name it says it too. */
export function KindIcon({ kind, size, named = false }: { kind: string; size: number; named?: boolean }) {
  return createElement(icons[kind] ?? IconPoint, { size, stroke: 1.7, ...(named ? { "aria-label": kind } : { "aria-hidden": true }) });
}

/** Letters of a value that a filter is made of; longer ones are no name of anything. */
const longest = 400;

/** alertsOf is the address of the open alerts that name an entity. */
export function alertsOf(kind: string, value: string): string | undefined {
  if (value === "" || value.length > longest) return undefined;
  return `/alerts?${new URLSearchParams({ [kind === "host" || kind === "user" ? kind : "entity"]: value })}`;
}

/** eventsOf is the address of the events that have to do with an entity; a field says where its value stands. */
export function eventsOf(field: string | undefined, raw: string | undefined): string | undefined {
  if (!field || !raw || raw.length > longest) return undefined;
  return searchFor(pivotOf(field, raw)?.query ?? `${field}: ${literal(raw)}`);
}

const fieldOf: Record<string, string> = { host: "host.name", user: "user.name", ip: "related.ip", mailbox: "user.email" };

/** eventsOfEntity is the same for an entity of an alert, of which the field is known by its kind or by where it was seen. */
export function eventsOfEntity(e: { kind: string; value: string; seen?: string; details?: Record<string, string> }): string | undefined {
  const name = e.kind === "user" ? e.details?.["name"] ?? e.value : e.value;
  return eventsOf(fieldOf[e.kind] ?? e.seen?.split(" ")[1], name);
}
