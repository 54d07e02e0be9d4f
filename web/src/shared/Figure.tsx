import { Text } from "@mantine/core";
import type { ReactNode } from "react";

/** Figure is one number with its name; tone says whether it is well. */
export function Figure({ name, value, tone = "plain", note }: { name: string; value: ReactNode; tone?: "plain" | "good" | "bad"; note?: string }) {
  const colour = { plain: undefined, good: "var(--ps-good)", bad: "var(--ps-bad)" }[tone];
  return (
    <div>
      <Text size="xs" c="dimmed">{name}</Text>
      <Text fz={22} fw={600} lh={1.25} style={{ fontVariantNumeric: "tabular-nums", color: colour }}>{value}</Text>
      {note && <Text size="xs" c="dimmed">{note}</Text>}
    </div>
  );
}
