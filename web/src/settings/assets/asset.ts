// What is said of an asset, and what stands in the way of saying it.
import type { AssetImportance } from "../../api/client";

export type Kind = AssetImportance["kind"];
export type Importance = AssetImportance["importance"];

export const kinds: readonly Kind[] = ["host", "user"];
export const importances: readonly Importance[] = ["critical", "high", "normal", "low"];

/** What the importance does to the urgency of an alert. */
export const effect: Record<Importance, string> = { critical: "+20", high: "+10", normal: "±0", low: "−15" };

/** Names that can be given at once, and letters of one. */
const maxNames = 1000;
const maxName = 512;

/** namesOf reads names from a text, one a line or between commas. */
export function namesOf(text: string): string[] {
  return [...new Set(text.split(/[\n,]/).map((n) => n.trim()).filter((n) => n !== ""))];
}

/** wrongWith says why names cannot be taken. */
export function wrongWith(names: string[]): string | undefined {
  if (names.length === 0) return "Give at least one name.";
  if (names.length > maxNames) return `At most ${maxNames} names are taken at once; these are ${names.length}.`;
  const long = names.find((n) => new TextEncoder().encode(n).length > maxName);
  return long && `“${long.slice(0, 40)}…” is longer than ${maxName} bytes.`;
}
