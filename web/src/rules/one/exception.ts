// The form of an exception: fields with values, or a text; until when; and why.
import type { NewException } from "../../api/client";

export const ops = ["is", "contains", "startswith", "endswith"] as const;
export type Op = (typeof ops)[number];
export const opName: Record<Op, string> = { is: "is", contains: "contains", startswith: "starts with", endswith: "ends with" };

export interface Where {
  field: string;
  op: Op;
  values: string[];
}

export const terms = ["30", "90", "365", "never"] as const;
export type Term = (typeof terms)[number];
export const termName: Record<Term, string> = { 30: "30 days", 90: "90 days", 365: "a year", never: "for ever" };

export interface Draft {
  asText: boolean;
  where: Where[];
  text: string;
  term: Term;
}

export const emptyWhere: Where = { field: "", op: "is", values: [] };
export const emptyDraft: Draft = { asText: false, where: [emptyWhere], text: "selection:\n    \ncondition: selection\n", term: "90" };

/** exceptionOf is what the server is asked for; undefined while something is left to fill in. Rows that are empty do not count. */
export function exceptionOf(draft: Draft, now: Date): NewException | undefined {
  const until = draft.term === "never" ? { never: true } : { expires: new Date(now.getTime() + Number(draft.term) * 86_400_000).toISOString() };
  if (draft.asText) return draft.text.trim() ? { text: draft.text, ...until } : undefined;
  const where = draft.where.filter((w) => w.field.trim() !== "" || w.values.length > 0).map((w) => ({ ...w, field: w.field.trim() }));
  return where.length > 0 && where.every((w) => w.field !== "" && w.values.length > 0) ? { where, ...until } : undefined;
}

/** missingOf says what is left to fill in in a row. */
export function missingOf(w: Where): { field?: string; values?: string } {
  if (w.field.trim() === "" && w.values.length > 0) return { field: "Say which field has these values." };
  if (w.field.trim() !== "" && w.values.length === 0) return { values: "Give a value, and press Enter." };
  return {};
}
