import { ActionIcon, Badge, Button, Group, Text, TextInput, Tooltip, UnstyledButton } from "@mantine/core";
import { IconSearch, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { visible } from "../../events/document";
import { Failure, Loading } from "../../shared/states";
import { Time } from "../../shared/Time";
import { count, duration } from "../../time/format";
import { useForgetHistory, useHuntHistory } from "../queries";
import css from "./Side.module.css";

/** History are the hunts that somebody ran, newest first; one is opened in a tab. */
export function History({ onOpen }: { onOpen: (query: string, range: { from: string; to: string } | undefined) => void }) {
  const history = useHuntHistory();
  const forget = useForgetHistory();
  const [wanted, setWanted] = useState("");
  if (history.isPending) return <Loading what="history" />;
  if (history.isError) return <Failure error={history.error} retry={() => void history.refetch()} />;
  const small = wanted.toLowerCase();
  const found = history.data.filter((e) => e.query.toLowerCase().includes(small));
  return (
    <>
      <div className={css.search}><TextInput size="xs" leftSection={<IconSearch size={14} />} placeholder="Find in the history" aria-label="Find in the history" value={wanted} onChange={(e) => setWanted(e.currentTarget.value)} /></div>
      <div className={css.list} role="list" aria-label="Hunts that were run">
        {found.map((e) => (
          <div key={e.id} className={css.entry} role="listitem" data-history={e.id}>
            <UnstyledButton className={css.apply ?? ""} onClick={() => onOpen(e.query, e.from && e.to ? { from: e.from, to: e.to } : undefined)}>
              <Group gap={6}><Text size="xs" span><Time at={e.started} /></Text>{e.outcome !== "done" && <Badge size="xs" variant="light" tt="none" color={e.outcome === "failed" ? "red" : "gray"}>{e.outcome}</Badge>}</Group>
              <div className={css.query}>{visible(e.query.slice(0, 400))}</div>
              <Text size="xs" c="dimmed">{e.outcome === "done" ? `${count(e.rows)}${e.cut ? "+" : ""} rows in ${duration(e.elapsedSeconds)}` : visible(e.error ?? "").slice(0, 160)}</Text>
            </UnstyledButton>
            <Tooltip label="Forget"><ActionIcon m={4} size={24} variant="subtle" color="gray" aria-label="Forget this hunt" onClick={() => forget.mutate(e.id)}><IconTrash size={13} /></ActionIcon></Tooltip>
          </div>
        ))}
        {found.length === 0 && <div className={css.about}>{history.data.length === 0 ? "What you run is listed here, for you alone." : "None of them has that."}</div>}
        {history.data.length > 0 && <Button m={6} size="compact-xs" variant="subtle" color="gray" onClick={() => forget.mutate(undefined)}>Forget all of them</Button>}
      </div>
    </>
  );
}
