// What can be offered without asking anybody: tables, the columns of those that a query mentions, operators and functions.
import type { CompletionItem, SchemaTable } from "../wire";
import { functions, operators } from "./words";

export interface Local {
  /** Where the word that is being written begins. */
  from: number;
  items: CompletionItem[];
}

/** completeLocally offers names for a place of a query by the schema; undefined within strings and comments. */
export function completeLocally(query: string, at: number, schema: readonly SchemaTable[]): Local | undefined {
  const before = query.slice(0, at);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  if (inText(line)) return undefined;
  const word = /[\w$-]*$/.exec(before)?.[0] ?? "";
  const from = at - (word.includes("-") && !/\|\s*[\w-]*$/.test(before) ? (/[\w$]*$/.exec(word)?.[0].length ?? 0) : word.length);
  const head = before.slice(0, from);
  if (/\|\s*$/.test(head)) return { from, items: operators.map((o) => item(o, "operator")) };
  const used = schema.filter((t) => new RegExp(`\\b${t.name}\\b`).test(query));
  const names = used.length > 0 ? [...used] : [];
  const columns = new Map<string, CompletionItem>();
  for (const t of names) for (const c of t.columns) if (!columns.has(c.name)) columns.set(c.name, { ...item(c.name, "column"), detail: c.type, ...(c.description ? { documentation: c.description } : {}) });
  const tables = schema.map((t) => ({ ...item(t.name, "table"), detail: "table", ...(t.description ? { documentation: t.description } : {}) }));
  const opens = /(?:^|[;\n(]|\bunion\b.*,?|\bjoin\b[^|]*\(|\bin~?\s*\()\s*$/.test(head) && !/\bwhere\b[^|]*$/.test(head);
  const calls = functions.map((f) => ({ ...item(f, "function"), insert: `${f}(` }));
  return { from, items: opens && names.length === 0 ? [...tables, item("let ", "keyword"), item("union ", "keyword"), item("search ", "keyword")] : [...columns.values(), ...tables, ...calls] };
}

const item = (label: string, kind: string): CompletionItem => ({ label: label.trim(), insert: label, kind });

/** inText tells whether a line ends within a string or a comment. */
function inText(line: string): boolean {
  const rest = line.replace(/@?"(?:\\.|[^"\\])*"|@?'(?:\\.|[^'\\])*'/g, "");
  return /\/\/|["']/.test(rest);
}

/** replacementOf is the name that a hint proposes, where it proposes one. */
export function replacementOf(hint: string | undefined): string | undefined {
  return /\b(?:did you mean|use|write)\s+[“"'`]?([\w$.\-!~=]+?)[”"'`]?(?:\s+instead)?\s*[?.]?$/i.exec(hint ?? "")?.[1];
}
