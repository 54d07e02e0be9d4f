import { UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { visible } from "../../events/document";
import { count } from "../../time/format";
import css from "./Tree.module.css";

/** So many members are shown at once, and so much of a text. */
const pageSize = 100;
const longest = 4_000;

type Node = Record<string, unknown> | unknown[];
const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;

/** treeOf is what a value of a result is made of: a dynamic one as it is, a text where it is JSON of several parts. */
export function treeOf(value: unknown): Node | undefined {
  if (isNode(value)) return value;
  if (typeof value !== "string" || value.length > 1_000_000 || !/^\s*[[{]/.test(value)) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isNode(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Tree shows a dynamic value; what lies deeper is there once it is opened. */
export function Tree({ value }: { value: Node }) {
  const entries = Array.isArray(value) ? value.map((v, i): [string, unknown] => [String(i), v]) : Object.entries(value);
  const [limit, setLimit] = useState(pageSize);
  return (
    <ul className={css.tree}>
      {entries.slice(0, limit).map(([key, member]) => <li key={key}><Member name={key} value={member} open={entries.length === 1} /></li>)}
      {entries.length > limit && <li><UnstyledButton className={css.leaf ?? ""} onClick={() => setLimit(limit + pageSize)}>{count(entries.length - limit)} more…</UnstyledButton></li>}
      {entries.length === 0 && <li className={`${css.leaf} ${css.note}`}>{Array.isArray(value) ? "[ ]" : "{ }"}</li>}
    </ul>
  );
}

function Member({ name, value, open }: { name: string; value: unknown; open: boolean }) {
  const [opened, setOpened] = useState(open);
  const key = <bdi className={css.key}>{visible(name).slice(0, 300)}</bdi>;
  if (!isNode(value)) {
    return <div className={css.leaf}>{key}{typeof value === "string" ? <bdi className={css.text}>{visible(value.slice(0, longest))}{value.length > longest ? "…" : ""}</bdi> : <span>{String(value)}</span>}</div>;
  }
  const size = Array.isArray(value) ? value.length : Object.keys(value).length;
  return (
    <details open={opened} onToggle={(e) => setOpened(e.currentTarget.open)}>
      <summary>{key}<span className={css.note}>{Array.isArray(value) ? `[${count(size)}]` : `{${count(size)}}`}</span></summary>
      {opened && <Tree value={value} />}
    </details>
  );
}
