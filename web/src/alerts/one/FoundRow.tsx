import { Text } from "@mantine/core";
import type { AlertEvent } from "../../api/client";
import { around } from "../../hunting/results/pivot";
import { RowDrawer } from "../../hunting/results/RowDrawer";
import { byTime } from "./lanes";

const day = 86_400_000;

interface Props {
  events: readonly AlertEvent[];
  /** Which of them is shown. */
  shown: string;
  onOpen: (event: string) => void;
  onClose: () => void;
}

/** FoundRow shows a row that a scheduled hunt has found, and leads to the event that it is, where it is one. */
export function FoundRow({ events, shown, onOpen, onClose }: Props) {
  const rows = byTime(events.filter((e) => e.row));
  const at = rows.findIndex((e) => e.id === shown);
  const found = rows[at];
  if (!found?.row) return <Text size="sm">There is no such row.</Text>;
  return (
    <RowDrawer
      columns={found.row.columns} row={found.row.values} number={at + 1} of={rows.length} range={around(found.time, day) ?? { from: found.time, to: found.time }}
      remark={found.row.cut ? "The row was too long to be kept whole: values end with … or are left out." : undefined} onClose={onClose}
      onStep={(by) => {
        const next = rows[at + by];
        if (next) onOpen(next.id);
      }}
    />
  );
}
