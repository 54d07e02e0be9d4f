import { Anchor, Group, SegmentedControl, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { visible } from "./document";
import { useProcesses } from "./queries";
import { branches } from "./tree";
import type { Branch } from "./tree";
import css from "./EventDrawer.module.css";

const spans = [{ value: "10", label: "10 min" }, { value: "60", label: "1 h" }, { value: "360", label: "6 h" }, { value: "1440", label: "24 h" }];
/** A command line is cut here; the event of the process has all of it. */
const commandLength = 500;

/** ProcessTree shows the processes of the host around an event: what started what. */
export function ProcessTree({ id }: { id: string }) {
  const [minutes, setMinutes] = useState("60");
  const tree = useProcesses(id, Number(minutes));
  if (tree.isPending) return <Loading what="process tree" />;
  if (tree.isError) return <Failure error={tree.error} retry={() => void tree.refetch()} />;
  const roots = branches(tree.data.processes);
  return (
    <>
      <Group justify="space-between" mb="xs" gap="xs">
        <Text size="xs" c="dimmed">{tree.data.host ? `Processes of ${visible(tree.data.host)}` : "Processes"} before and after this event</Text>
        <SegmentedControl size="xs" value={minutes} onChange={setMinutes} data={spans} aria-label="How far around the event" />
      </Group>
      {roots.length === 0 ? (
        <Text size="sm" c="dimmed">This event tells of no process.</Text>
      ) : (
        <ul className={css.tree} aria-label="Process tree">{roots.map((b) => <Process key={b.process.id} branch={b} subject={tree.data.subject} />)}</ul>
      )}
      {tree.data.truncated && <Text size="xs" c="dimmed" mt="xs">There are more processes than are shown; a shorter time shows those that are nearest.</Text>}
    </>
  );
}

function Process({ branch: { process: p, children }, subject }: { branch: Branch; subject: string | undefined }) {
  const command = visible(p.commandLine ?? "");
  return (
    <li>
      <div className={css.process} data-subject={p.id === subject || undefined} aria-current={p.id === subject || undefined}>
        <Group gap={8} wrap="wrap">
          {p.event ? <Anchor component={Link} size="sm" fw={600} to={`/events?${new URLSearchParams({ event: p.event, tab: "tree" })}`}><bdi>{visible(p.name ?? "unknown")}</bdi></Anchor> : <Text size="sm" fw={600}><bdi>{visible(p.name ?? "unknown")}</bdi></Text>}
          <Text size="xs" c="dimmed">pid {p.pid}</Text>
          {p.user && <Text size="xs" c="dimmed"><bdi>{visible(p.user)}</bdi></Text>}
          <Text size="xs" c="dimmed" span><Time at={p.started} /></Text>
        </Group>
        {command !== "" && <div className={css.command} title={command.length > commandLength ? "Cut: its event has all of it" : undefined}><bdi>{command.slice(0, commandLength)}{command.length > commandLength ? "…" : ""}</bdi></div>}
      </div>
      {children.length > 0 && <ul>{children.map((b) => <Process key={b.process.id} branch={b} subject={subject} />)}</ul>}
    </li>
  );
}
