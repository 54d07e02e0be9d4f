import { ActionIcon, Badge, Button, Group, Modal, Popover, ScrollArea, Stack, Switch, Text, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBookmark, IconDeviceFloppy, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { SyntheticEvent } from "react";
import type { SavedQuery } from "../api/client";
import { Problem } from "../api/problem";
import { actor } from "../api/session";
import { columnsOf, written } from "../events/columns";
import { visible } from "../events/document";
import type { EventsView } from "../events/view";
import { failed } from "../shared/failed";
import { Failure, Loading } from "../shared/states";
import { useForget, useSave, useSaved } from "./queries";
import type { Search } from "./queries";
import css from "./SavedQueries.module.css";

interface Props {
  view: EventsView;
  onApply: (part: Partial<EventsView>) => void;
}

/** SavedQueries applies a search that was saved, and saves the one that is shown. */
export function SavedQueries({ view, onApply }: Props) {
  const [open, { toggle, close }] = useDisclosure();
  const [saving, { open: openSave, close: closeSave }] = useDisclosure();
  const saved = useSaved(open || saving);
  const me = actor() || "api";
  return (
    <>
      <Popover opened={open} onChange={(o) => !o && close()} width={360} shadow="md" position="bottom-end" trapFocus>
        <Popover.Target><Button h={38} px="sm" variant="default" fw={500} leftSection={<IconBookmark size={15} />} onClick={toggle}>Saved</Button></Popover.Target>
        <Popover.Dropdown p="xs">
          {saved.isPending && <Loading what="saved queries" />}
          {saved.isError && <Failure error={saved.error} retry={() => void saved.refetch()} />}
          {saved.data?.length === 0 && <Text size="sm" c="dimmed" p="xs">Nothing is saved yet. A saved query keeps the query, the time range, the columns and the split.</Text>}
          <ScrollArea.Autosize mah={380} type="auto">
            {saved.data?.map((q) => <Entry key={q.id} query={q} mine={q.owner === me} onApply={() => { onApply(applied(q)); close(); }} />)}
          </ScrollArea.Autosize>
          <Button mt="xs" fullWidth size="xs" variant="light" leftSection={<IconDeviceFloppy size={14} />} onClick={() => { close(); openSave(); }}>Save this search</Button>
        </Popover.Dropdown>
      </Popover>
      <Modal opened={saving} onClose={closeSave} title="Save this search" closeButtonProps={{ "aria-label": "Close" }}>
        <SaveForm view={view} mine={(saved.data ?? []).filter((q) => q.owner === me)} onDone={closeSave} />
      </Modal>
    </>
  );
}

/** applied is the part of a view that a saved query sets. */
function applied(q: SavedQuery): Partial<EventsView> {
  const columns = columnsOf(q.columns ?? []);
  return { query: q.query ?? "", range: { from: q.from, to: q.to }, split: q.split ?? "", live: false, ...(columns.length > 0 ? { columns } : {}) };
}

function Entry({ query, mine, onApply }: { query: SavedQuery; mine: boolean; onApply: () => void }) {
  const forget = useForget();
  return (
    <div className={css.entry} data-saved={query.name}>
      <UnstyledButton className={css.apply ?? ""} onClick={onApply}>
        <Group gap={6} wrap="nowrap"><Text size="sm" fw={550} truncate>{visible(query.name)}</Text>{query.shared && <Badge size="xs" variant="light" tt="none">{mine ? "shared" : `by ${visible(query.owner)}`}</Badge>}</Group>
        <Text size="xs" c="dimmed" truncate className="mono">{query.query ? visible(query.query) : "every event"}</Text>
      </UnstyledButton>
      {mine && <Tooltip label="Delete"><ActionIcon size={28} variant="subtle" color="gray" aria-label={`Delete the saved query ${query.name}`} loading={forget.isPending} onClick={() => forget.mutate(query.id, { onError: failed })}><IconTrash size={15} /></ActionIcon></Tooltip>}
    </div>
  );
}

function SaveForm({ view, mine, onDone }: { view: EventsView; mine: SavedQuery[]; onDone: () => void }) {
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const save = useSave();
  const same = mine.find((q) => q.name.toLowerCase() === name.trim().toLowerCase());
  const submit = (e: SyntheticEvent) => {
    e.preventDefault();
    const search: Search = { name: name.trim(), query: view.query, from: view.range.from, to: view.range.to, columns: written(view.columns), split: view.split, shared };
    save.mutate({ search, ...(same ? { id: same.id } : {}) }, { onSuccess: onDone });
  };
  const problem = save.error instanceof Problem ? save.error : undefined;
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput label="Name" required maxLength={100} value={name} onChange={(e) => setName(e.currentTarget.value)} error={problem?.message ?? save.error?.message} data-autofocus />
        <Switch label="Shared" description="Everybody here may use it; only you may change it." checked={shared} onChange={(e) => setShared(e.currentTarget.checked)} />
        <Text size="xs" c="dimmed" className="mono" style={{ overflowWrap: "anywhere" }}>{view.query === "" ? "every event" : view.query.slice(0, 300)}, {view.range.from} – {view.range.to}</Text>
        <Button type="submit" disabled={name.trim() === ""} loading={save.isPending}>{same ? "Replace the saved query of this name" : "Save"}</Button>
      </Stack>
    </form>
  );
}
