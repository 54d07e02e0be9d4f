import { Select, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import type { AlertEvent, Event } from "../../api/client";
import { useZone } from "../../app/preferences";
import { visible } from "../../events/document";
import { ProcessTree } from "../../events/ProcessTree";
import { toSeconds } from "../../time/format";
import css from "./AlertPage.module.css";
import { byTime } from "./lanes";

/** So many events can be chosen; the timeline opens any. */
const most = 100;

/** Processes is the process tree of the host around one of the events of an alert. */
export function Processes({ events, told }: { events: AlertEvent[]; told: ReadonlyMap<string, Event["sentence"]> | undefined }) {
  const { zone } = useZone();
  const devices = useMemo(() => byTime(events).filter((e) => e.table.startsWith("Device")), [events]);
  const [chosen, setChosen] = useState<string>();
  const first = devices.find((e) => e.table === "DeviceProcessEvents") ?? devices[0];
  const id = chosen ?? first?.id;
  if (!id) return <Text p="md" size="sm" c="dimmed">None of its events tells of a process on a device.</Text>;
  const label = (e: AlertEvent) => `${toSeconds(new Date(e.time), zone).slice(11)}  ${visible(told?.get(e.id)?.text ?? e.summary).slice(0, 160)}`;
  return (
    <div className={css.processes}>
      {devices.length > 1 && <Select mb="sm" size="xs" label="Around the event" allowDeselect={false} searchable value={id} data={devices.slice(0, most).map((e) => ({ value: e.id, label: label(e) }))} onChange={(v) => setChosen(v ?? undefined)} />}
      <ProcessTree key={id} id={id} />
    </div>
  );
}
