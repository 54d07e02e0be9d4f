// The words of alerts as people read them.
import type { Alert } from "../api/client";

export type Status = Alert["status"];
export type Verdict = NonNullable<Alert["verdict"]>;
export type Band = Alert["band"];
export type Level = Alert["level"];
export type Origin = Alert["origin"];

export const statuses: readonly Status[] = ["new", "acknowledged", "in_progress", "closed"];
export const verdicts: readonly Verdict[] = ["true_positive", "benign_positive", "false_positive"];
export const bands: readonly Band[] = ["critical", "high", "medium", "low"];
export const levels: readonly Level[] = ["critical", "high", "medium", "low", "informational"];
export const origins: readonly Origin[] = ["rule", "correlation", "hunt", "defender", "noise"];

export const statusName: Record<Status, string> = { new: "New", acknowledged: "Acknowledged", in_progress: "In progress", closed: "Closed" };
export const statusColour: Record<Status, string> = { new: "blue", acknowledged: "petrol", in_progress: "yellow", closed: "gray" };
export const verdictName: Record<Verdict, string> = { true_positive: "True positive", benign_positive: "Benign positive", false_positive: "False positive" };
export const verdictMeaning: Record<Verdict, string> = {
  true_positive: "What was found is an attack, or part of one.", benign_positive: "It happened as found, and was meant to.", false_positive: "The rule saw what is not there.",
};
export const originName: Record<Origin, string> = {
  rule: "Rule", correlation: "Correlation", hunt: "Hunt", defender: "Microsoft Defender", noise: "Noisy rule",
};

/** outcome is the status in words, of a closed alert with its verdict. */
export function outcome(a: Pick<Alert, "status" | "verdict">): string {
  return a.verdict ? `${statusName[a.status]} · ${verdictName[a.verdict]}` : statusName[a.status];
}

/** tacticName writes the id of a tactic, as initial-access, for people. */
export function tacticName(id: string): string {
  const words = id.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
