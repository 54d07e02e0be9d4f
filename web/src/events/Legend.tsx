import { Select, UnstyledButton } from "@mantine/core";
import { useMemo } from "react";
import type { Field, Histogram } from "../api/client";
import { count } from "../time/format";
import { visible } from "./document";
import type { OnFilter } from "./FilterButtons";
import { seriesOf } from "./histogram";
import css from "./EventsPage.module.css";

interface Props {
  histogram: Histogram | undefined;
  split: string;
  fields: Field[];
  onSplit: (field: string) => void;
  onFilter: OnFilter;
}

/** Legend says by what the histogram is split, and what its colours are. */
export function Legend({ histogram, split, fields, onSplit, onFilter }: Props) {
  const names = useMemo(() => {
    const list = fields.filter((f) => f.type !== "object" && f.type !== "date").map((f) => f.name);
    return split === "" || list.includes(split) ? list : [split, ...list];
  }, [fields, split]);
  return (
    <div className={css.legend}>
      <Select
        size="xs" w={200} data={names} value={split === "" ? null : split} onChange={(v) => onSplit(v ?? "")} placeholder="not split" aria-label="Split the histogram by"
        searchable clearable limit={60} nothingFoundMessage="No such field" clearButtonProps={{ "aria-label": "Do not split" }} leftSection="by" leftSectionWidth={26} comboboxProps={{ width: 300, position: "bottom-start" }}
      />
      {split !== "" && histogram && seriesOf(histogram, split).map((s) => (
        <UnstyledButton key={s.name} disabled={s.name === "others"} title={s.name === "others" ? "Other values, and events without one" : `Filter for ${visible(s.name)}`} onClick={() => onFilter(split, s.name, true)}>
          <i style={{ background: s.colour }} /><bdi>{visible(s.name).slice(0, 40)}</bdi> <b>{count(s.total)}</b>
        </UnstyledButton>
      ))}
    </div>
  );
}
