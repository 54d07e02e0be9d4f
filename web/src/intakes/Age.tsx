import { Tooltip } from "@mantine/core";
import { useZone } from "../app/preferences";
import { duration, toSeconds } from "../time/format";

/** Age is how long before the answer of the server a moment was. */
export function Age({ at, now }: { at: string; now: number }) {
  const { zone } = useZone();
  return <Tooltip label={toSeconds(new Date(at), zone)}><time dateTime={at} style={{ whiteSpace: "nowrap" }}>{duration(Math.max(0, (now - Date.parse(at)) / 1000))} ago</time></Tooltip>;
}
