import { ActionIcon } from "@mantine/core";
import { IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import type { Scalar } from "./document";

export type OnFilter = (field: string, value: string, wanted: boolean) => void;

/** FilterButtons narrow the view to one value of a field, or leave it out. */
export function FilterButtons({ field, value, onFilter, reachable = true }: { field: string; value: Scalar; onFilter: OnFilter; reachable?: boolean }) {
  const text = String(value);
  const shown = text.length > 60 ? `${text.slice(0, 59)}…` : text;
  const button = (wanted: boolean) => (
    <ActionIcon
      size={reachable ? 24 : 18} variant="subtle" color="gray" tabIndex={reachable ? 0 : -1} title={wanted ? "Filter for this value" : "Filter out this value"}
      aria-label={`${wanted ? "Filter for" : "Filter out"} ${field}: ${shown}`}
      onClick={(e) => {
        e.stopPropagation();
        onFilter(field, text, wanted);
      }}
    >
      {wanted ? <IconZoomIn size={14} /> : <IconZoomOut size={14} />}
    </ActionIcon>
  );
  return <>{button(true)}{button(false)}</>;
}
