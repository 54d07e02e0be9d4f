import { ActionIcon, Button, CloseButton, Group, Popover, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconAdjustments, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import { parameterTypes } from "./view";
import type { Parameter } from "./wire";
import css from "./HuntingPage.module.css";

const most = 50;

const examples: Record<string, string> = { string: "ws-0042", int: "10", long: "10", real: "0.5", bool: "true", datetime: "2026-01-31", timespan: "1d", dynamic: '["a", "b"]', guid: "", decimal: "0.5" };

interface Props {
  parameters: Parameter[];
  onChange: (parameters: Parameter[]) => void;
}

/** ParameterValues are what a query refers to by name: a form to fill in before it runs. */
export function ParameterValues({ parameters, onChange }: Props) {
  if (parameters.length === 0) return null;
  const set = (name: string, value: string) => onChange(parameters.map((p) => (p.name === name ? { ...p, value } : p)));
  return (
    <div className={css.parameters} role="group" aria-label="Parameters of the query">
      {parameters.map((p) => (
        <TextInput key={p.name} size="xs" w={200} label={p.name} description={p.description ?? p.type} placeholder={examples[p.type] ?? ""} maxLength={8192} value={p.value} onChange={(e) => set(p.name, e.currentTarget.value)} />
      ))}
    </div>
  );
}

/** ParametersButton says which values a query is to have. */
export function ParametersButton({ parameters, onChange }: Props) {
  const [name, setName] = useState("");
  const [type, setType] = useState<Parameter["type"]>("string");
  const valid = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) && !parameters.some((p) => p.name === name) && parameters.length < most;
  const add = (e: SyntheticEvent) => {
    e.preventDefault();
    if (!valid) return;
    onChange([...parameters, { name, type, value: "" }]);
    setName("");
  };
  return (
    <Popover width={340} shadow="md" position="bottom-end" trapFocus>
      <Popover.Target><Button h={38} px="sm" variant="default" fw={500} leftSection={<IconAdjustments size={15} />}>Parameters{parameters.length > 0 ? ` (${parameters.length})` : ""}</Button></Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Text size="xs" c="dimmed">A query refers to a parameter by its name, as to a value of <code>let</code>. They are saved with the hunt.</Text>
          {parameters.map((p) => (
            <Group key={p.name} justify="space-between" wrap="nowrap"><Text size="sm" className="mono" truncate>{p.name}: {p.type}</Text><CloseButton size={24} aria-label={`Remove the parameter ${p.name}`} onClick={() => onChange(parameters.filter((o) => o.name !== p.name))} /></Group>
          ))}
          <form onSubmit={add}>
            <Group gap={6} wrap="nowrap" align="flex-end">
              <TextInput size="xs" label="Name" placeholder="Device" maxLength={64} value={name} onChange={(e) => setName(e.currentTarget.value)} style={{ flex: 1 }} data-autofocus />
              <Select size="xs" w={110} label="Type" allowDeselect={false} data={[...parameterTypes]} value={type} onChange={(v) => setType(parameterTypes.find((t) => t === v) ?? "string")} comboboxProps={{ withinPortal: false }} />
              <ActionIcon size={30} type="submit" variant="light" disabled={!valid} aria-label="Add the parameter"><IconPlus size={15} /></ActionIcon>
            </Group>
          </form>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
