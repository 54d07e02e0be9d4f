import { Button, UnstyledButton } from "@mantine/core";
import { visible } from "../events/document";
import { bytes, count } from "../time/format";
import { replacementOf } from "./language/complete";
import type { Checked, Diagnostic, Place } from "./wire";
import css from "./HuntingPage.module.css";

interface Props {
  checked: Checked | undefined;
  /** Whether it is about the query as it stands. */
  current: boolean;
  error: Error | null;
  /** Lines of the text before the query. */
  before: number;
  onGo: (place: Place) => void;
  onFix: (place: Place, text: string) => void;
}

/** StatusLine says what is wrong with the query at the cursor or, where nothing is, what it will read. */
export function StatusLine({ checked, current, error, before, onGo, onFix }: Props) {
  const wrong = checked?.diagnostics.filter((d) => d.severity === "error") ?? [];
  return (
    <div className={css.status} role="status" aria-label="Check of the query" aria-busy={!current} style={current ? undefined : { opacity: 0.6 }} data-valid={checked?.valid}>
      {error && <span className={css.wrong}>It cannot be checked: {error.message}</span>}
      {!error && checked && (wrong[0] ? <Wrong first={wrong[0]} others={wrong.length - 1} before={before} onGo={onGo} onFix={onFix} /> : <WillRead checked={checked} />)}
      {!error && !checked && <span>Ctrl+Enter runs what is selected, or the query at the cursor. Blank lines part queries.</span>}
    </div>
  );
}

function Wrong({ first, others, before, onGo, onFix }: { first: Diagnostic; others: number } & Pick<Props, "before" | "onGo" | "onFix">) {
  const name = replacementOf(first.hint);
  return (
    <>
      <UnstyledButton className={css.go ?? ""} onClick={() => onGo(first)}>Line {before + first.line}, column {first.column}</UnstyledButton>
      <span className={css.wrong}>{visible(first.message)}{first.hint ? ` — ${visible(first.hint)}` : ""}</span>
      {name && <Button size="compact-xs" variant="light" onClick={() => onFix(first, name)}>Write {name}</Button>}
      {others > 0 && <span>and {count(others)} more</span>}
    </>
  );
}

function WillRead({ checked }: { checked: Checked }) {
  const { reads } = checked;
  if (reads.length === 0) return <span>Reads no table.</span>;
  const total = (of: (r: Checked["reads"][number]) => number) => reads.reduce((sum, r) => sum + of(r), 0);
  const names = [...new Set(reads.map((r) => r.table))];
  return (
    <>
      <span>Will read <b>{names.slice(0, 4).join(", ")}</b>{names.length > 4 && ` and ${names.length - 4} more tables`}</span>
      <span>{count(total((r) => r.segments))} files of {bytes(total((r) => r.bytes))} with {count(total((r) => r.rows))} rows</span>
      <span>{count(total((r) => r.segmentsSkipped))} files skipped</span>
      {checked.notices.length > 0 && <span>{visible(checked.notices[0]?.message ?? "")}</span>}
    </>
  );
}
