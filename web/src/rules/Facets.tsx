import { Button, Checkbox, Text } from "@mantine/core";
import { useState } from "react";
import type { FacetOption } from "../api/client";
import { toggled } from "../shared/address";
import { count } from "../time/format";
import { choicesOf, facets, single, valueName } from "./view";
import type { FacetName } from "./view";
import css from "./RulesPage.module.css";

/** So many values of a facet are shown before somebody asks for more. */
const few = 6;

interface Props {
  options: Record<string, FacetOption[]>;
  params: URLSearchParams;
  onChange: (name: string, values: string[]) => void;
  onClear: () => void;
}

/** Facets choose rules by their properties, each with how many rules another choice would give. */
export function Facets({ options, params, onChange, onClear }: Props) {
  const any = choicesOf(params).length > 0 || params.has("text");
  return (
    <section className={`panel ${css.facets ?? ""}`} aria-label="Filters">
      {any && <div className={css.facet}><Button fullWidth size="compact-sm" variant="light" onClick={onClear}>Remove all filters</Button></div>}
      {facets.map((f) => <Facet key={f.name} name={f.name} title={f.title} options={options[f.name] ?? []} chosen={params.getAll(f.name)} onChange={(values) => onChange(f.name, values)} />)}
    </section>
  );
}

function Facet({ name, title, options, chosen, onChange }: { name: FacetName; title: string; options: FacetOption[]; chosen: string[]; onChange: (values: string[]) => void }) {
  const [all, setAll] = useState(false);
  const known = options.filter((o) => o.value !== "");
  const values = [...known, ...chosen.filter((c) => !known.some((o) => o.value === c)).map((value) => ({ value, count: 0 }))];
  if (values.length === 0 || (values.length === 1 && chosen.length === 0 && single.includes(name))) return null;
  const shown = all ? values : values.filter((v, i) => i < few || chosen.includes(v.value));
  return (
    <div className={css.facet} role="group" aria-label={title}>
      <Text size="xs" fw={600} mb={4}>{title}</Text>
      {shown.map((o) => (
        <div key={o.value} className={css.option}>
          <Checkbox
            size="xs" label={valueName(name, o.value)} checked={chosen.includes(o.value)}
            onChange={() => onChange(single.includes(name) ? (chosen.includes(o.value) ? [] : [o.value]) : toggled(chosen, o.value))}
          />
          <Text size="xs" c="dimmed" className="numeric">{count(o.count)}</Text>
        </div>
      ))}
      {values.length > few && <Button size="compact-xs" variant="subtle" mt={8} aria-expanded={all} onClick={() => setAll(!all)}>{all ? "Fewer" : `All ${values.length}`}</Button>}
    </div>
  );
}
