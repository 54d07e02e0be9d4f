import { ActionIcon, Group, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconZoomOut } from "@tabler/icons-react";
import { shifted, widened } from "../time/range";
import type { Moments, Range } from "../time/range";

/** RangeButtons move the time range on, and widen it again after a part of the histogram was chosen. */
export function RangeButtons({ moments, onRange }: { moments: Moments; onRange: (range: Range) => void }) {
  const button = (label: string, icon: React.ReactNode, range: () => Range) => (
    <Tooltip label={label}><ActionIcon size={24} variant="subtle" color="gray" aria-label={label} onClick={() => onRange(range())}>{icon}</ActionIcon></Tooltip>
  );
  return (
    <Group gap={0} wrap="nowrap">
      {button("Earlier", <IconChevronLeft size={15} />, () => shifted(moments, -1))}
      {button("A longer time range", <IconZoomOut size={15} />, () => widened(moments))}
      {button("Later", <IconChevronRight size={15} />, () => shifted(moments, 1))}
    </Group>
  );
}
