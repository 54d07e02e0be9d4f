// What the doctor has found, as people read it and as it is passed on.
import type { DoctorFinding, DoctorReport } from "../../api/client";

export type Severity = DoctorFinding["severity"];

/** The severities, the worst first, and how each is called. */
export const severities: readonly { severity: Severity; label: string; color: string }[] = [
  { severity: "fail", label: "Fails", color: "red" }, { severity: "warn", label: "Warning", color: "yellow" },
  { severity: "info", label: "To know", color: "blue" }, { severity: "ok", label: "Right", color: "green" },
];

export const countOf = (report: DoctorReport, severity: Severity): number => report.findings.filter((f) => f.severity === severity).length;

/** bySubject groups findings by what they are about, in their order; what is right can be left out. */
export function bySubject(report: DoctorReport, all: boolean): { subject: string; findings: DoctorFinding[]; right: number }[] {
  const subjects = [...new Set(report.findings.map((f) => f.subject))];
  return subjects.map((subject) => {
    const of = report.findings.filter((f) => f.subject === subject);
    return { subject, findings: of.filter((f) => all || f.severity !== "ok"), right: of.filter((f) => f.severity === "ok").length };
  });
}

/** asText is a report for a mail or a ticket. */
export function asText(report: DoctorReport): string {
  const lines: string[] = [`Penstock doctor, ${report.began}`];
  for (const { subject, findings } of bySubject(report, true)) {
    lines.push("", subject);
    for (const f of findings) {
      lines.push(`  ${f.severity.toUpperCase().padEnd(4)}  ${f.found}  [${f.id}]`);
      if (f.severity !== "ok" && f.mend) lines.push(...f.mend.split("\n").map((line, i) => `        ${i === 0 ? "→ " : "  "}${line}`));
    }
  }
  return lines.join("\n") + "\n";
}
