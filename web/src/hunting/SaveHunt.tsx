import { Autocomplete, Button, Modal, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import type { SavedQuery } from "../api/client";
import { Problem } from "../api/problem";
import { visible } from "../events/document";
import { useSave } from "../saved/queries";
import { useSavedHunts } from "./queries";
import type { Tab } from "./tabs/tabs";
import { useMe } from "./useMe";

interface Props {
  tab: Tab;
  onClose: () => void;
  onSaved: (hunt: SavedQuery) => void;
}

/** SaveHunt keeps the text of a tab under a name, with its time range and parameters. */
export function SaveHunt({ tab, onClose, onSaved }: Props) {
  return <Modal opened onClose={onClose} title="Save the hunt" closeButtonProps={{ "aria-label": "Close" }}><Form tab={tab} onClose={onClose} onSaved={onSaved} /></Modal>;
}

function Form({ tab, onClose, onSaved }: Props) {
  const me = useMe();
  const hunts = useSavedHunts().data ?? [];
  const mine = hunts.filter((h) => h.owner === me);
  const of = mine.find((h) => h.id === tab.saved);
  const [name, setName] = useState(of?.name ?? (/^Query \d+$/.test(tab.name) ? "" : tab.name));
  const [folder, setFolder] = useState(of?.folder ?? "");
  const [shared, setShared] = useState(of?.shared ?? false);
  const save = useSave();
  const same = mine.find((h) => h.name.toLowerCase() === name.trim().toLowerCase());
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    const search = { kind: "hunt" as const, name: name.trim(), folder: folder.trim(), query: tab.text, from: tab.range.from, to: tab.range.to, shared, parameters: tab.parameters };
    save.mutate({ search, ...(same ? { id: same.id } : {}) }, { onSuccess: (saved) => { onSaved(saved); onClose(); } });
  };
  const folders = [...new Set(hunts.flatMap((h) => (h.folder ? [h.folder] : [])))].sort();
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput label="Name" required maxLength={100} value={name} onChange={(e) => setName(e.currentTarget.value)} error={save.error ? `${save.error.message}${save.error instanceof Problem && save.error.hint ? ` ${save.error.hint}` : ""}` : undefined} data-autofocus />
        <Autocomplete label="Folder" placeholder="None" maxLength={100} data={folders} value={folder} onChange={setFolder} comboboxProps={{ withinPortal: false }} />
        <Switch label="Shared" description="Everybody here may use it; only you may change it." checked={shared} onChange={(e) => setShared(e.currentTarget.checked)} />
        <Text size="xs" c="dimmed" className="mono" lineClamp={5} style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>{visible(tab.text.slice(0, 400))}</Text>
        <Button type="submit" disabled={name.trim() === "" || tab.text.trim() === ""} loading={save.isPending}>{same ? "Replace the saved hunt of this name" : "Save"}</Button>
      </Stack>
    </form>
  );
}
