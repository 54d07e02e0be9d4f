import { Button, Drawer, Group, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback, useDisclosure } from "@mantine/hooks";
import { IconFilter, IconSearch, IconX } from "@tabler/icons-react";
import { useState } from "react";
import type { ReactNode } from "react";
import type { FacetOption } from "../api/client";
import { Facets } from "./Facets";
import { choicesOf, days, daysOf } from "./view";
import css from "./RulesPage.module.css";

interface Props {
  options: Record<string, FacetOption[]>;
  params: URLSearchParams;
  onChange: (name: string, values: string[]) => void;
  onClear: () => void;
  /** Whether the facets stand beside the view where there is room, so that the button that shows them is for small screens only. */
  beside: boolean;
  children?: ReactNode;
}

/** Filters is the row above a view of rules: words to find, what is chosen, and the facets for where they do not stand beside it. */
export function Filters({ options, params, onChange, onClear, beside, children }: Props) {
  const [opened, { open, close }] = useDisclosure();
  const [text, setText] = useState(params.get("text") ?? "");
  const search = useDebouncedCallback((value: string) => onChange("text", [value.trim()]), 300);
  const clear = () => {
    setText("");
    onClear();
  };
  const choices = choicesOf(params);
  return (
    <>
      <Group gap="sm" align="flex-end">
        <TextInput
          flex={1} miw={200} label="Find rules" placeholder="Title, id, author, tag, technique" maxLength={256} leftSection={<IconSearch size={14} />} value={text}
          onChange={(e) => {
            setText(e.currentTarget.value);
            search(e.currentTarget.value);
          }}
        />
        <Button variant="default" leftSection={<IconFilter size={15} />} {...(beside ? { hiddenFrom: "md" } : {})} onClick={open}>Filters{choices.length > 0 ? ` (${choices.length})` : ""}</Button>
        <Select
          label="Fired within" w={120} value={String(daysOf(params))} allowDeselect={false} data={days.map((d) => ({ value: String(d), label: d === 1 ? "1 day" : `${d} days` }))}
          onChange={(d) => onChange("firedWithin", d && d !== "30" ? [d] : [])}
        />
        {children}
      </Group>
      {choices.length > 0 && (
        <Group gap={6} role="group" aria-label="Chosen">
          {choices.map((c) => (
            <Button
              key={`${c.name} ${c.value}`} size="compact-xs" variant="light" rightSection={<IconX size={11} aria-hidden />} aria-label={`Remove the filter ${c.label}`}
              onClick={() => onChange(c.name, params.getAll(c.name).filter((v) => v !== c.value))}
            >
              {c.label}
            </Button>
          ))}
          <Button size="compact-xs" variant="subtle" onClick={clear}>Remove all filters</Button>
        </Group>
      )}
      <Drawer opened={opened} onClose={close} position="left" size="min(340px, 100vw)" title={<Text fw={620}>Filters</Text>} closeButtonProps={{ "aria-label": "Close the filters" }} className={css.drawer ?? ""}>
        <Facets options={options} params={params} onChange={onChange} onClear={clear} />
      </Drawer>
    </>
  );
}
