// A text in the editor may hold several queries, apart by blank lines. Published queries have blank lines within as well,
// after a let or before a bar: those do not part.

export interface Piece {
  from: number;
  to: number;
  text: string;
}

/** What the text says apart from strings and comments: its last and next signs decide whether a blank line parts. */
const openers = /[|,=([{<>+\-*/%:;]$/;
const continuers = /^(?:[|,)\]}=<>+*/%:.;]|(?:and|or|in|has|contains|by|on)\b)/i;
const statement = /^(?:let|declare|set|alias|restrict)\b/i;

/** pieces gives the queries of a text. */
export function pieces(text: string): Piece[] {
  const plain = blanked(text);
  const found: Piece[] = [];
  let start = 0;
  for (const m of plain.matchAll(/\n[^\S\n]*(?:\n[^\S\n]*)+/g)) {
    const before = plain.slice(start, m.index).replace(around, "");
    const after = plain.slice(m.index + m[0].length).replace(around, "");
    if (before === "" || after === "" || goesOn(before, after)) continue;
    add(found, text, start, m.index);
    start = m.index + m[0].length;
  }
  add(found, text, start, text.length);
  return found;
}

/** pieceAt gives the query at a place, or the one before it. */
export function pieceAt(text: string, at: number): Piece | undefined {
  const all = pieces(text);
  return all.find((p) => at >= p.from && at <= p.to) ?? all.findLast((p) => p.to <= at) ?? all[0];
}

function add(found: Piece[], text: string, from: number, to: number): void {
  const part = text.slice(from, to);
  const lead = part.length - part.trimStart().length;
  const trimmed = part.trim();
  if (trimmed !== "") found.push({ from: from + lead, to: from + lead + trimmed.length, text: trimmed });
}

function goesOn(before: string, after: string): boolean {
  if (depth(before) > 0 || continuers.test(after)) return true;
  if (before.endsWith(";")) {
    // Only what needs something behind it: a let, not a query that somebody ended with a semicolon.
    const last = before.slice(0, -1).split(";").at(-1)?.replace(around, "") ?? "";
    return statement.test(last);
  }
  return openers.test(before);
}

function depth(text: string): number {
  let open = 0;
  for (const c of text) {
    if (c === "(" || c === "[" || c === "{") open++;
    else if (c === ")" || c === "]" || c === "}") open = Math.max(0, open - 1);
  }
  return open;
}

const quoted = /```[^]*?(?:```|$)|~~~[^]*?(?:~~~|$)|\/\/[^\n]*|@"(?:[^"\n]|"")*"?|@'(?:[^'\n]|'')*'?|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?/g;

/** A comment is nothing, but no blank line either. */
const comment = "\u0001";
const around = /^[\s\u0001]+|[\s\u0001]+$/g;

/** blanked is the text with letters in place of strings and a sign of its own in place of comments: every other sign stays where it was. */
function blanked(text: string): string {
  return text.replace(quoted, (m) => (m.startsWith("//") ? comment : "x").repeat(m.length));
}
