// What the page needs to know of the query language: its tokens, for colours, and what is being typed, for completion.
// The server has the last word on what a query means.

export type TokenKind = "field" | "keyword" | "operator" | "string" | "value";

export interface Token {
  kind: TokenKind;
  from: number;
  to: number;
}

const pattern = /"(?:\\.|[^"\\])*"?|<=|>=|[<>:(){}]|(?:\\.|[^\s"<>:(){}\\])+|\\/g;

/** tokens cuts a query into its parts; white space is left out. */
export function tokens(query: string): Token[] {
  const found: Token[] = [];
  for (const m of query.matchAll(pattern)) {
    found.push({ kind: kindOf(m[0]), from: m.index, to: m.index + m[0].length });
  }
  for (const [i, t] of found.entries()) {
    const next = found[i + 1];
    if (t.kind === "value" && next?.kind === "operator" && /^[:<>]/.test(query.slice(next.from, next.to))) t.kind = "field";
  }
  return found;
}

function kindOf(text: string): TokenKind {
  if (text.startsWith('"')) return "string";
  if (/^(?:<=|>=|[<>:(){}])$/.test(text)) return "operator";
  return /^(?:and|or|not)$/i.test(text) ? "keyword" : "value";
}

export type Completion =
  | { kind: "field"; from: number; text: string }
  | { kind: "value"; from: number; text: string; field: string };

/** completionAt says what is being typed at a place of the query: the name of a field, or a value of one. */
export function completionAt(query: string, at: number): Completion | undefined {
  const before = tokens(query.slice(0, at));
  const last = before.at(-1);
  const typing = last !== undefined && last.to === at && last.kind !== "operator" ? last : undefined;
  if (typing?.kind === "string" && !/^"(?:\\.|[^"\\])*$/.test(query.slice(typing.from, at))) return undefined;
  const from = typing?.from ?? at;
  const text = query.slice(from, at);
  const field = fieldBefore(query, before.slice(0, typing ? -1 : undefined));
  return field === undefined ? { kind: "field", from, text } : { kind: "value", from, text: text.replace(/^"/, ""), field };
}

/** fieldBefore finds the field that what follows belongs to, also within "field: (a or …". */
function fieldBefore(query: string, before: Token[]): string | undefined {
  const text = (t: Token) => query.slice(t.from, t.to);
  let i = before.length - 1;
  let previous = before[i];
  if (previous && previous.kind === "operator" && /^[:<>]/.test(text(previous))) {
    const name = before[i - 1];
    return name ? text(name) : undefined;
  }
  // Inside the parentheses of a value: walk back to the one that opens them, past plain values only.
  for (let depth = 0; i >= 0; i--) {
    previous = before[i];
    if (!previous || previous.kind === "field") return undefined;
    const t = text(previous);
    if (t === ")") depth++;
    if (t === "(" && depth-- === 0) {
      const colon = before[i - 1];
      const name = before[i - 2];
      return colon && text(colon) === ":" && name?.kind === "field" ? text(name) : undefined;
    }
  }
  return undefined;
}

/** literal writes a value so that the query language takes it as it is. */
export function literal(value: string): string {
  if (/^[\p{L}\p{N}_.@-]+$/u.test(value) && !/^(?:and|or|not)$/i.test(value)) return value;
  return `"${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}

/** withFilter narrows a query to the events that have (or have not) the value; the opposite filter is replaced. */
export function withFilter(query: string, field: string, value: string, wanted: boolean): string {
  const clause = `${field}: ${literal(value)}`;
  const added = wanted ? clause : `not ${clause}`;
  const rest = query.trim();
  if (rest === "" || rest === clause || rest === `not ${clause}`) return added;
  const clauses = topLevelClauses(rest);
  if (clauses === undefined) return `(${rest}) and ${added}`;
  return [...clauses.filter((c) => c !== clause && c !== `not ${clause}`), added].join(" and ");
}

/** topLevelClauses splits "a and b and c"; undefined when an or at the top makes that wrong. */
function topLevelClauses(query: string): string[] | undefined {
  const clauses: string[] = [];
  let depth = 0;
  let start = 0;
  for (const t of tokens(query)) {
    const text = query.slice(t.from, t.to);
    if (text === "(" || text === "{") depth++;
    if (text === ")" || text === "}") depth--;
    if (depth !== 0 || t.kind !== "keyword") continue;
    if (/^or$/i.test(text)) return undefined;
    if (/^and$/i.test(text)) {
      clauses.push(query.slice(start, t.from).trim());
      start = t.to;
    }
  }
  clauses.push(query.slice(start).trim());
  return clauses;
}

/** offsetOf turns a column of the server (characters from 1) into an index into the string. */
export function offsetOf(query: string, column: number): number {
  return Array.from(query).slice(0, Math.max(0, column - 1)).join("").length;
}
