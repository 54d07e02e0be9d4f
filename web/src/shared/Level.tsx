import { Badge } from "@mantine/core";

const colours: Record<string, string> = { critical: "red", high: "red", medium: "yellow", low: "blue", informational: "gray" };

const loud = { background: "var(--ps-bad)", color: "var(--mantine-color-body)" };

/** Level shows the level of a rule, or a band of urgency: the more urgent, the louder. */
export function Level({ level, children }: { level: string | undefined; children?: string }) {
  if (!level) return null;
  return <Badge color={colours[level] ?? "gray"} variant="light" tt="none" fw={550} miw="max-content" {...(level === "critical" ? { style: loud } : {})}>{children ?? level}</Badge>;
}
