import { SegmentedControl, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import type { SavedQuery } from "../../api/client";
import { samples } from "../samples";
import { History } from "./History";
import { SavedHunts } from "./SavedHunts";
import { SchemaBrowser } from "./SchemaBrowser";
import css from "./Side.module.css";

interface Props {
  onInsert: (text: string) => void;
  onTry: (query: string) => void;
  onOpenSaved: (hunt: SavedQuery) => void;
  onOpen: (query: string, range: { from: string; to: string } | undefined, name?: string) => void;
}

const parts = [{ value: "schema", label: "Tables" }, { value: "saved", label: "Saved" }, { value: "history", label: "History" }, { value: "samples", label: "Samples" }] as const;
type Part = (typeof parts)[number]["value"];

/** Side is what a query is written from: the tables, and hunts that there are. */
export function Side({ onInsert, onTry, onOpenSaved, onOpen }: Props) {
  const [part, setPart] = useState<Part>("schema");
  return (
    <aside className={`panel ${css.side ?? ""}`} aria-label="Tables and hunts">
      <div className={css.tabs}><SegmentedControl fullWidth size="xs" value={part} onChange={(v) => setPart(parts.find((p) => p.value === v)?.value ?? "schema")} data={[...parts]} aria-label="What is beside the editor" /></div>
      {part === "schema" && <SchemaBrowser onInsert={onInsert} onTry={onTry} />}
      {part === "saved" && <SavedHunts onOpen={onOpenSaved} />}
      {part === "history" && <History onOpen={onOpen} />}
      {part === "samples" && (
        <div className={css.list} role="list" aria-label="Samples">
          {samples.map((s) => (
            <div key={s.name} className={css.entry} role="listitem">
              <UnstyledButton className={css.apply ?? ""} onClick={() => onOpen(s.query, undefined, s.name)}><div style={{ fontSize: "0.8125rem", fontWeight: 550 }}>{s.name}</div><div className={css.about} style={{ padding: 0 }}>{s.about}</div></UnstyledButton>
            </div>
          ))}
        </div>
      )}
    </aside>
  );
}
