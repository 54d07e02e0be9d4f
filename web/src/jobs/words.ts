// What jobs and their states are called.
import type { Job, Work } from "../api/client";
import { count } from "../time/format";

export const kindName: Record<Work["kind"], string> = { detect: "Hunt", test: "Test of a rule", exception: "Test of an exception", diff: "Comparison" };
export const stateColour: Record<Job["state"], string> = { queued: "gray", running: "blue", done: "green", failed: "red", cancelled: "gray" };

/** ended tells whether a job will do no more. */
export function ended(job: Job): boolean {
  return job.state !== "queued" && job.state !== "running";
}

/** progress is how far a job is, from 0 to 100. */
export function progress(job: Job): number {
  if (job.state === "done") return 100;
  return job.total > 0 ? Math.min(100, (100 * job.done) / job.total) : 0;
}

/** about says in a line what a job works with. */
export function about(work: Work): string {
  const files = work.files ?? [];
  const rules = work.rules ?? [];
  const of = (n: number, what: string) => `${count(n)} ${what}${n === 1 ? "" : "s"}`;
  const roles = (["rule", "exception", "mapping"] as const).flatMap((role) => {
    const n = files.filter((f) => f.role === role).length;
    return n > 0 ? [of(n, role === "rule" ? "rule of its own" : role).replace("rule of its owns", "rules of its own")] : [];
  });
  const parts = [...(rules.length > 0 ? [of(rules.length, "rule")] : roles.includes("rule") || work.kind !== "detect" || files.length > 0 ? [] : ["every enabled rule"]), ...roles];
  if (work.tables?.length) parts.push(of(work.tables.length, "table"));
  if (work.query) parts.push(`where ${work.query}`);
  return parts.join(", ");
}
