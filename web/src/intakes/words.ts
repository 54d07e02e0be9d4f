// What the pages say about intakes.
import type { Intake, Partition, PushRefusals } from "../api/client";
import { bytes, duration, short } from "../time/format";

export function intakePath(name: string): string {
  return `/intakes/${encodeURIComponent(name)}`;
}

/** queryOf finds the events of an intake. */
export function queryOf(name: string): string {
  return `penstock.intake: "${name.replace(/["\\]/g, "\\$&")}"`;
}

export const stateColour: Record<Intake["state"], string> = { starting: "blue", running: "green", waiting: "yellow", failing: "red", stopped: "gray", paused: "gray" };

export const partitionColour: Record<Partition["state"], string> = {
  starting: "blue", running: "green", failing: "red", stopped: "gray", elsewhere: "gray", unowned: "yellow", contested: "red",
};

export const partitionAbout: Record<Partition["state"], string> = {
  starting: "It is being connected to", running: "It is read", failing: "Reading fails, and is tried again", stopped: "It is not read", elsewhere: "Another process of Penstock reads it",
  unowned: "Nobody reads it", contested: "A reader that does not share the checkpoints took it: give Penstock a consumer group of its own",
};

export const refusal: Record<PushRefusals["reason"], string> = {
  unknown_key: "The key opens no intake, whichever was meant", ended_key: "The key was replaced: somebody still sends with it", paused: "The intake was paused or restarted", rate: "More events a second than the intake takes",
  busy: "Nothing could be stored in time", too_large: "The body or event is too large", malformed: "The body is not what the way in wants, or the event is none", reused: "The Idempotency-Key was used for something else",
};

const sourceName: Record<string, string> = { eventhub: "Event Hubs", blob: "storage account", kafka: "Kafka", http: "HTTP with an intake key", file: "file" };

/** namesIn are the hubs, or topics, in a setting that has them with commas between. */
export function namesIn(hubName: string | undefined): string[] {
  return (hubName ?? "").split(",").map((n) => n.trim()).filter((n) => n !== "");
}

/** areSeveral says whether names are of more than one: with * at its end one stands for the hubs of all tables. */
export function areSeveral(names: readonly string[]): boolean {
  return names.length > 1 || names.some((n) => n.endsWith("*"));
}

/** sourceOf says where an intake reads. */
export function sourceOf(i: Intake): string {
  const kind = sourceName[i.source] ?? i.source;
  const names = namesIn(i.hubName);
  if (names.length > 1) return `${kind}, ${names.length} ${placeOf(i)}`;
  return names[0] ? `${kind}, ${names[0]}` : kind;
}

/** placeOf is what an intake reads, in a word. */
export function placeOf(i: Pick<Intake, "source" | "hubName">): string {
  if (i.source === "blob") return "storage account";
  const place = i.source === "kafka" ? "topic" : "hub";
  return areSeveral(namesIn(i.hubName)) ? `${place}s` : place;
}

/** behindOf sums up the lag: the messages of all partitions, and the age of the oldest that waits. */
export function behindOf(i: Intake): { name: string; value: string; note: string } {
  return { name: i.source === "blob" ? "Behind the export" : `Behind the ${placeOf(i)}`, ...lagOf(i.partitions, placeOf(i)) };
}

function lagOf(partitions: readonly Partition[], place: string): { value: string; note: string } {
  const known = partitions.flatMap((p) => (p.lagMessages === undefined ? [] : [p.lagMessages]));
  const sized = partitions.flatMap((p) => (p.lagBytes === undefined ? [] : [p.lagBytes]));
  if (known.length === 0 && sized.length > 0) {
    const size = sized.reduce((sum, n) => sum + n, 0);
    const oldest = Math.max(0, ...partitions.map((p) => p.lagSeconds ?? 0));
    return size === 0 ? { value: "nothing", note: `all that is in the ${place} is read` } : { value: bytes(size), note: `the oldest waits for ${duration(oldest)}` };
  }
  if (known.length === 0) return { value: "unknown", note: "" };
  const messages = known.reduce((sum, n) => sum + n, 0);
  const age = Math.max(0, ...partitions.map((p) => p.lagSeconds ?? 0));
  return messages === 0 ? { value: "nothing", note: `all that is in the ${place} is read` } : { value: `${short(messages)} msg`, note: `the oldest waits for ${duration(age)}` };
}

/** errorsOf are what the partitions of an intake say is wrong. */
export function errorsOf(i: Intake): Partition[] {
  return i.partitions.filter((p) => p.error !== undefined);
}

/** share writes a part of a whole in per cent. */
export function share(part: number, whole: number): string {
  return whole === 0 ? "" : `${((100 * part) / whole).toFixed(2)} %`;
}
