import { Badge, Button, Code, CopyButton, Group, Text } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { DriftFinding } from "../api/client";
import { visible } from "../events/document";
import { toggled } from "../shared/address";
import { Time } from "../shared/Time";
import { count } from "../time/format";
import css from "./Findings.module.css";
import { meaningOf, oneName } from "./drift";

const keyOf = (f: DriftFinding) => `${f.kind}/${f.table}/${f.name ?? ""}`;

/** Findings lists what drifts; only the rows in sight exist. A finding opens what is suggested for it. */
export function Findings({ findings, more, onMore }: { findings: DriftFinding[]; more: boolean; onMore: () => void }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<string[]>([]);
  // The rows move with the scroller: they must not be remembered.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({ count: findings.length, getScrollElement: () => scroller.current, estimateSize: () => 48, overscan: 8, getItemKey: (i) => { const f = findings[i]; return f ? keyOf(f) : i; } });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= findings.length - 10) onMore();
  }, [more, last, findings.length, onMore]);
  return (
    // A list that scrolls does so by the keyboard too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={scroller} className={css.scroller} style={{ height: Math.min(560, rows.getTotalSize() + 34) }} role="table" aria-label="Findings" aria-rowcount={findings.length + 1} tabIndex={0}>
      <div role="rowgroup" className={css.headgroup}>
        <div className={css.head} role="row" aria-rowindex={1}>{["Kind", "What", "Sample", "First seen", "Records", "Mapping"].map((h) => <span key={h} role="columnheader" className={h === "Records" ? "numeric" : undefined}>{h}</span>)}</div>
      </div>
      <div role="rowgroup" style={{ height: rows.getTotalSize(), position: "relative" }}>
        {items.map((item) => {
          const f = findings[item.index];
          if (!f) return null;
          return (
            <div key={item.key} ref={rows.measureElement} data-index={item.index} data-finding={keyOf(f)} className={css.row} style={{ transform: `translateY(${item.start}px)` }} role="row" aria-rowindex={item.index + 2}>
              <Finding finding={f} open={open.includes(keyOf(f))} onToggle={() => setOpen((old) => toggled(old, keyOf(f)))} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Finding({ finding: f, open, onToggle }: { finding: DriftFinding; open: boolean; onToggle: () => void }) {
  const what = `${visible(f.table)}${f.name ? ` ${visible(f.name)}` : ""}`;
  return (
    <>
      <span role="cell"><Group gap={4} wrap="nowrap"><Badge variant="light" color="gray" tt="none" miw="max-content">{oneName[f.kind]}</Badge>{f.new && <Badge variant="light" color="yellow" tt="none" miw="max-content">new</Badge>}</Group></span>
      <span role="cell">{visible(f.table)}{f.name && <Text span className="mono"> {visible(f.name)}</Text>}<Text size="xs" c="dimmed">{meaningOf(f)}</Text></span>
      <span role="cell" className="mono">{visible(f.sample ?? "")}</span>
      <span role="cell"><Time at={f.first} /></span>
      <span role="cell" className="numeric">{count(f.count)}</span>
      <span role="cell">{f.suggestion && <Button size="compact-xs" variant="light" aria-expanded={open} aria-label={`Suggested mapping for ${what}`} onClick={onToggle}>{open ? "Hide" : "Suggest"}</Button>}</span>
      {open && f.suggestion && (
        <span role="cell" className={css.wide}>
          <Text size="xs" c="dimmed" mb={4}>Keep this as a file, and name it under <code>mapping</code> in penstock.yaml; what comes from then on gets the field.</Text>
          <Code block>{visible(f.suggestion)}</Code>
          <CopyButton value={f.suggestion}>{({ copied, copy }) => <Button mt={6} size="compact-xs" variant="default" onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}</CopyButton>
        </span>
      )}
    </>
  );
}
