import { Button, Loader, Text } from "@mantine/core";
import { IconPlayerStopFilled } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { bytes, count, duration } from "../../time/format";
import type { Result } from "../run/run";
import css from "./Results.module.css";

interface Props {
  result: Result;
  started: number;
  /** How many rows pass the filters. */
  shown: number;
  onCancel: () => void;
}

/** RunState says how far a run is, and what it took once it is over. */
export function RunState({ result, started, shown, onCancel }: Props) {
  const over = result.phase === "done" || result.phase === "failed" || result.phase === "cancelled";
  const now = useClock(!over);
  const seconds = over ? (result.seconds ?? 0) : Math.max(0, now - started) / 1000;
  const rows = result.rows.length;
  const rowWords = <><b data-testid="rows">{count(rows)}</b> {rows === 1 ? "row" : "rows"}{shown < rows && <>, <b>{count(shown)}</b> of them shown</>}</>;
  if (over) {
    return (
      <Text component="div" className={css.figures ?? ""} role="status" aria-label="Run" data-phase={result.phase}>
        {rowWords}{result.phase === "cancelled" && " until it was ended"} · {duration(seconds)}<Taken result={result} />
      </Text>
    );
  }
  const before = result.progress?.waitingBefore ?? 0;
  return (
    <div style={{ display: "flex", alignItems: "center", gap: 10 }}>
      <Loader size={14} aria-hidden />
      <Text component="div" className={css.figures ?? ""} role="status" aria-label="Run" data-phase={result.phase}>
        {result.phase === "waiting" ? <>Waits for its turn{before > 0 && <>, {count(before)} before it</>}</> : rows > 0 ? rowWords : "Runs"} · <span aria-hidden>{seconds.toFixed(1)} s</span>
      </Text>
      <Button size="compact-xs" variant="light" color="red" leftSection={<IconPlayerStopFilled size={12} />} onClick={onCancel}>Cancel</Button>
    </div>
  );
}

function Taken({ result }: { result: Result }) {
  const s = result.end?.statistics;
  if (!s) return null;
  const files = s.segmentsRead + s.segmentsSkipped;
  return (
    <>
      {" "}· read {count(s.rowsRead)} rows, {bytes(s.bytesRead)}{files > 0 && <> · {count(s.segmentsSkipped)} of {count(files)} files skipped</>}
      {s.waitedSeconds >= 0.1 && <> · waited {duration(s.waitedSeconds)}</>}
    </>
  );
}

/** useClock is the time, ten times a second while it is wanted. */
function useClock(wanted: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!wanted) return;
    const timer = setInterval(() => setNow(Date.now()), 100);
    return () => clearInterval(timer);
  }, [wanted]);
  return now;
}
