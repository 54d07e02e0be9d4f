import { Button, Select, Tooltip } from "@mantine/core";
import { IconCalendarOff, IconCalendarRepeat, IconDeviceFloppy, IconPlayerPlayFilled, IconPlayerStopFilled } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { useMay } from "../access/session";
import { Copy } from "../shared/Copy";
import { count } from "../time/format";
import { TimeRangePicker } from "../time/TimeRangePicker";
import { ParametersButton } from "./Parameters";
import { useHuntLimits } from "./queries";
import { draftKey } from "./schedules/draft";
import { useSharedAddress } from "./useAddress";
import type { Tab } from "./tabs/tabs";
import { limits } from "./useLimit";

interface Props {
  tab: Tab;
  /** The query at the cursor. */
  query: string;
  running: boolean;
  /** The query says itself of which time it wants events. */
  timeSet: boolean;
  limit: number;
  onLimit: (limit: number) => void;
  onRun: () => void;
  onCancel: () => void;
  onChange: (part: Partial<Tab>) => void;
  onSave: () => void;
}

/** Toolbar is what can be done with a query. */
export function Toolbar({ tab, query, running, timeSet, limit, onLimit, onRun, onCancel, onChange, onSave }: Props) {
  const most = useHuntLimits().data?.maxRows ?? limits[1];
  const address = useSharedAddress(tab, query);
  const maySchedule = useMay("hunts.schedule");
  const [told, setTold] = useState(false);
  return (
    <>
      {running
        ? <Button h={38} color="red" variant="light" leftSection={<IconPlayerStopFilled size={15} />} onClick={onCancel}>Cancel</Button>
        : <Tooltip label="Ctrl+Enter"><Button h={38} leftSection={<IconPlayerPlayFilled size={15} />} disabled={query.trim() === ""} onClick={onRun}>Run query</Button></Tooltip>}
      {timeSet ? (
        <Tooltip label="The query restricts Timestamp itself, so no other time range counts." opened={told || undefined} events={{ hover: true, focus: true, touch: true }} multiline w={240}>
          <Button h={38} variant="default" fw={500} leftSection={<IconCalendarOff size={16} />} aria-disabled aria-label="Time range: set in the query, so no other one counts" onClick={() => setTold(!told)} c="dimmed">Set in the query</Button>
        </Tooltip>
      ) : <TimeRangePicker range={tab.range} onChange={(range) => onChange({ range })} />}
      <Select w={150} styles={{ input: { height: 38 } }} aria-label="Rows at most" allowDeselect={false} value={String(limit)} data={limits.filter((l) => l <= Math.max(most, limits[0])).map((l) => ({ value: String(l), label: `≤ ${count(l)} rows` }))} onChange={(v) => onLimit(Number(v))} />
      <ParametersButton parameters={tab.parameters} onChange={(parameters) => onChange({ parameters })} />
      <Button h={38} px="sm" variant="default" fw={500} leftSection={<IconDeviceFloppy size={15} />} disabled={tab.text.trim() === ""} onClick={onSave}>Save</Button>
      {address ? <Copy text={address} what="the link to this hunt" label="Copy link" /> : query !== "" && <Tooltip label="The query is too long for an address: save it, and the link leads to the saved hunt." multiline w={240}><Button size="compact-xs" variant="light" aria-disabled c="dimmed" onClick={onSave}>Save for a link</Button></Tooltip>}
      {maySchedule && query.trim() !== "" && (
        <Button
          component={Link} to="/hunting/schedules/new" h={38} px="sm" variant="default" fw={500} leftSection={<IconCalendarRepeat size={15} />} onClick={() => sessionStorage.setItem(draftKey, JSON.stringify({ query, name: tab.name, parameters: tab.parameters }))}
        >Schedule</Button>
      )}
    </>
  );
}
