import { ActionIcon, CloseButton, Menu, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { IconArrowLeft, IconArrowRight, IconCopy, IconPencil, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { visible } from "../../events/document";
import { blank } from "./tabs";
import type { Tab, TabChange, Tabs } from "./tabs";
import css from "../HuntingPage.module.css";

interface Props {
  tabs: Tabs;
  /** Whether the query of a tab runs. */
  runs: (tab: string) => boolean;
  onChange: (change: TabChange) => void;
  onClosed: (tab: string) => void;
}

/** TabStrip are the queries that are open; the one that is shown has a menu. */
export function TabStrip({ tabs, runs, onChange, onClosed }: Props) {
  const close = (id: string) => {
    onClosed(id);
    onChange({ do: "close", id, fresh: crypto.randomUUID() });
  };
  return (
    <ul className={css.tabs} aria-label="Open queries">
      {tabs.tabs.map((t, i) => (
        <li key={t.id} className={css.tab} data-active={t.id === tabs.active || undefined} onAuxClick={(e) => e.button === 1 && close(t.id)}>
          <Name tab={t} at={i} active={t.id === tabs.active} running={runs(t.id)} onChange={onChange} />
          <CloseButton size={24} mr={4} aria-label={`Close ${t.name}`} onClick={() => close(t.id)} />
        </li>
      ))}
      <li><Tooltip label="New query"><ActionIcon size={28} variant="subtle" color="gray" aria-label="New query" onClick={() => onChange({ do: "add", tab: blank(tabs.tabs, crypto.randomUUID()) })}><IconPlus size={15} /></ActionIcon></Tooltip></li>
    </ul>
  );
}

/** copied is a tab with the same query; it is no longer the saved hunt. */
function copied({ name, text, range, parameters }: Tab): Tab {
  return { id: crypto.randomUUID(), name: `${name} (2)`.slice(0, 100), text, range, parameters };
}

function Name({ tab, at, active, running, onChange }: { tab: Tab; at: number; active: boolean; running: boolean; onChange: (change: TabChange) => void }) {
  const [writing, setWriting] = useState(false);
  const name = <>{running && <i aria-label="runs" role="img" />}{visible(tab.name)}</>;
  if (writing) {
    const done = (text: string) => {
      setWriting(false);
      if (text.trim() !== "") onChange({ do: "set", id: tab.id, part: { name: text.trim().slice(0, 100) } });
    };
    // Whoever chose to rename it types at once.
    // eslint-disable-next-line jsx-a11y/no-autofocus
    return <TextInput size="xs" w={150} autoFocus defaultValue={tab.name} maxLength={100} aria-label="Name of the query" onBlur={(e) => done(e.currentTarget.value)} onKeyDown={(e) => { if (e.key === "Enter") done(e.currentTarget.value); if (e.key === "Escape") setWriting(false); }} />;
  }
  if (!active) return <UnstyledButton className={css.name ?? ""} title={tab.name} onClick={() => onChange({ do: "show", id: tab.id })}>{name}</UnstyledButton>;
  return (
    <Menu shadow="md" position="bottom-start">
      <Menu.Target><UnstyledButton className={css.name ?? ""} aria-current="true" title="Rename, duplicate, move" onDoubleClick={() => setWriting(true)}>{name}</UnstyledButton></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={14} />} onClick={() => setWriting(true)}>Rename</Menu.Item>
        <Menu.Item leftSection={<IconCopy size={14} />} onClick={() => onChange({ do: "add", tab: copied(tab) })}>Duplicate</Menu.Item>
        <Menu.Item leftSection={<IconArrowLeft size={14} />} disabled={at === 0} onClick={() => onChange({ do: "move", id: tab.id, to: at - 1 })}>Move left</Menu.Item>
        <Menu.Item leftSection={<IconArrowRight size={14} />} onClick={() => onChange({ do: "move", id: tab.id, to: at + 1 })}>Move right</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
