import { IconCheck, IconX } from "@tabler/icons-react";
import { useState } from "react";
import type { Verdict } from "../../api/client";
import { visible } from "../../events/document";
import css from "./Explain.module.css";

const kindName: Record<Verdict["kind"], string> = { and: "all of these", or: "one of these", not: "not", test: "" };

/** ConditionTree shows what became of each part of a condition. Parts that decided nothing are folded where they are many. */
export function ConditionTree({ verdict, onLine }: { verdict: Verdict; onLine: (line: number) => void }) {
  return <ul className={css.tree} aria-label="Condition"><Part verdict={verdict} onLine={onLine} /></ul>;
}

/** So many failing parts of an "or" are shown before somebody asks for more. */
const few = 4;

function Part({ verdict, onLine }: { verdict: Verdict; onLine: (line: number) => void }) {
  const [all, setAll] = useState(false);
  const parts = verdict.of ?? [];
  // Where one suffices, those that hold say why; of those that do not, a few are enough.
  const shown = all || verdict.kind !== "or" ? parts : [...parts.filter((p) => p.holds), ...parts.filter((p) => !p.holds).slice(0, few)];
  return (
    <li>
      <div className={css.part} data-holds={verdict.holds}>
        <span className={css.mark} role="img" aria-label={verdict.holds ? "holds" : "does not hold"}>{verdict.holds ? <IconCheck size={13} stroke={2.6} /> : <IconX size={13} stroke={2.6} />}</span>
        {verdict.kind === "test" ? <Test verdict={verdict} onLine={onLine} /> : <span>{verdict.label ? <><b>{visible(verdict.label)}</b> <span className={css.kind}>{kindName[verdict.kind]}</span></> : <span className={css.kind}>{kindName[verdict.kind]}</span>}</span>}
      </div>
      {parts.length > 0 && (
        <ul>
          {shown.map((p, i) => <Part key={i} verdict={p} onLine={onLine} />)}
          {shown.length < parts.length && <li><button type="button" className={css.more} onClick={() => setAll(true)}>{parts.length - shown.length} more that do not hold</button></li>}
        </ul>
      )}
    </li>
  );
}

function Test({ verdict, onLine }: { verdict: Verdict; onLine: (line: number) => void }) {
  const line = verdict.line ?? 0;
  return (
    <div className={css.leaf}>
      <span className={css.test}>{visible(verdict.test ?? verdict.field ?? "")}</span>
      {line > 0 && <button type="button" className={css.more} aria-label={`Show line ${line} of the rule`} onClick={() => onLine(line)}>line {line}</button>}
      <div className={css.values}>
        {verdict.unanswered ? <>No event can pass it: {visible(verdict.unanswered)}</> : verdict.values.length === 0 ? "the event has no value there" : verdict.values.map((v, i) => (
          <span key={`${v} ${i}`} className={css.value} data-hit={verdict.hits.includes(v) || undefined} title={verdict.hits.includes(v) ? "as the test wants it" : undefined}>{visible(v).slice(0, 400)}</span>
        ))}
      </div>
    </div>
  );
}
