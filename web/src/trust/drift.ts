// What the page says of drift: of what arrives now and did not before, or not as the mapping has it.
import type { DriftFinding } from "../api/client";

export type DriftKind = DriftFinding["kind"];

export const driftKinds: readonly DriftKind[] = ["table", "action", "column", "key", "type"];
export const kindName: Record<DriftKind, string> = { table: "Tables", action: "Action types", column: "Columns", key: "Keys of AdditionalFields and the like", type: "Types of values" };
export const oneName: Record<DriftKind, string> = { table: "table", action: "action type", column: "column", key: "key", type: "type" };

export const spans = ["1", "7", "30"] as const;
export type Span = (typeof spans)[number];
export const spanName: Record<Span, string> = { 1: "24 hours", 7: "7 days", 30: "30 days" };

/** meaningOf says what a finding means. */
export function meaningOf(f: DriftFinding): string {
  if (f.kind === "type") {
    const added = f.added.join(", ");
    return f.declared ? `declared as ${f.declared}, and holds ${added || f.forms.join(", ")}` : `now holds ${added || f.forms.join(", ")} as well`;
  }
  if (f.known) return "known to the mapping, and seen for the first time";
  return f.kind === "action" ? "no sentence tells it" : f.kind === "table" ? "no mapping; kept by the general rule" : "nothing maps it; kept in the record";
}
