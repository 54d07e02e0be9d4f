import type { FormatDocument } from "../api/client";
import { visible } from "../events/document";
import { Listed, Several } from "./Listed";
import { holds } from "./words";

export function Sentences({ format, wanted }: { format: FormatDocument; wanted: string }) {
  const rows = format.sentences.filter((s) => holds(wanted, s.table, s.text, ...s.actions));
  return (
    <Listed name="Smart descriptions" heads={["Table", "Kind of event", "Sentence"]} rows={rows.map((s) => ({
      key: s.place, cells: [s.table, s.actions.length === 0 ? "any" : <Several names={s.actions} key="a" />, <code key="t">{visible(s.text)}</code>],
    }))} />
  );
}
