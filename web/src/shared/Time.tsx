import { useZone } from "../app/preferences";
import { timestamp, toSeconds } from "../time/format";

/** Time shows a moment in the reader's zone; nothing for one that is absent. */
export function Time({ at, millis = false }: { at: string | undefined; millis?: boolean }) {
  const { zone } = useZone();
  if (at === undefined) return null;
  const t = new Date(at);
  return (
    <time dateTime={at} title={at} className="mono" style={{ whiteSpace: "nowrap" }}>
      {millis ? timestamp(t, zone) : toSeconds(t, zone)}
    </time>
  );
}
