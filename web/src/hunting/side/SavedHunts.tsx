import { ActionIcon, Badge, Group, Text, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { IconSearch, IconTrash } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { SavedQuery } from "../../api/client";
import { visible } from "../../events/document";
import { useForget } from "../../saved/queries";
import { failed } from "../../shared/failed";
import { Failure, Loading } from "../../shared/states";
import { useSavedHunts } from "../queries";
import { useMe } from "../useMe";
import css from "./Side.module.css";

/** SavedHunts are one's own and the shared ones, by folder. */
export function SavedHunts({ onOpen }: { onOpen: (hunt: SavedQuery) => void }) {
  const saved = useSavedHunts();
  const me = useMe();
  const [wanted, setWanted] = useState("");
  const folders = useMemo(() => foldersOf(saved.data ?? [], wanted), [saved.data, wanted]);
  if (saved.isPending) return <Loading what="saved hunts" />;
  if (saved.isError) return <Failure error={saved.error} retry={() => void saved.refetch()} />;
  return (
    <>
      <div className={css.search}><TextInput size="xs" leftSection={<IconSearch size={14} />} placeholder="Find a saved hunt" aria-label="Find a saved hunt" value={wanted} onChange={(e) => setWanted(e.currentTarget.value)} /></div>
      <div className={css.list}>
        {folders.map(([folder, hunts]) => (
          <section key={folder} aria-label={folder || "Without a folder"}>
            {folder && <h3 className={css.folder}>{visible(folder)}</h3>}
            {hunts.map((h) => <Entry key={h.id} hunt={h} mine={h.owner === me} onOpen={() => onOpen(h)} />)}
          </section>
        ))}
        {folders.length === 0 && <div className={css.about}>{saved.data.length === 0 ? "Nothing is saved yet. “Save” above keeps the query with its time range and parameters." : "None of them has that."}</div>}
      </div>
    </>
  );
}

/** foldersOf puts hunts into their folders, those without one first. */
function foldersOf(hunts: readonly SavedQuery[], wanted: string): [string, SavedQuery[]][] {
  const small = wanted.toLowerCase();
  const folders = new Map<string, SavedQuery[]>();
  for (const h of hunts) {
    if (!`${h.name} ${h.folder ?? ""} ${h.query ?? ""}`.toLowerCase().includes(small)) continue;
    const folder = h.folder ?? "";
    folders.set(folder, [...(folders.get(folder) ?? []), h]);
  }
  return [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
}

function Entry({ hunt, mine, onOpen }: { hunt: SavedQuery; mine: boolean; onOpen: () => void }) {
  const forget = useForget();
  return (
    <div className={css.entry} data-saved={hunt.name}>
      <UnstyledButton className={css.apply ?? ""} onClick={onOpen}>
        <Group gap={6} wrap="nowrap"><Text size="sm" fw={550} truncate>{visible(hunt.name)}</Text>{hunt.shared && <Badge size="xs" variant="light" tt="none">{mine ? "shared" : `by ${visible(hunt.owner)}`}</Badge>}</Group>
        <div className={css.query}>{visible((hunt.query ?? "").slice(0, 300))}</div>
      </UnstyledButton>
      {mine && <Tooltip label="Delete"><ActionIcon m={4} size={24} variant="subtle" color="gray" aria-label={`Delete the saved hunt ${hunt.name}`} loading={forget.isPending} onClick={() => forget.mutate(hunt.id, { onError: failed })}><IconTrash size={14} /></ActionIcon></Tooltip>}
    </div>
  );
}
