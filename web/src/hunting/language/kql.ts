// KQL's colours: a tokeniser for the editor alone. What a query means the server says.
import { StreamLanguage } from "@codemirror/language";
import type { StreamParser, StringStream } from "@codemirror/language";
import { tags } from "@lezer/highlight";
import { functions, little, operators, statements, types } from "./words";

export interface State {
  /** The fence of a string over several lines that is open. */
  fence: string;
}

const keywords = new Set<string>([...operators, ...statements, ...little]);
const typeNames = new Set<string>(types);
const functionNames = new Set<string>(functions);

/** token gives the kind of the next token, null for what has no colour, and moves behind it. */
export function token(stream: StringStream, state: State, tables: ReadonlySet<string>): string | null {
  if (state.fence !== "") return fenced(stream, state);
  if (stream.eatSpace()) return null;
  if (stream.match("//")) {
    stream.skipToEnd();
    return "comment";
  }
  const fence = stream.match(/^[hH]?(```|~~~)/) as RegExpMatchArray | null;
  if (fence) {
    state.fence = fence[1] ?? "";
    return fenced(stream, state);
  }
  if (stream.match(/^[hH]?@(?:"(?:[^"]|"")*"?|'(?:[^']|'')*'?)/) || stream.match(/^[hH]?(?:"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?)/)) return "string";
  if (stream.match(/^\d+(?:\.\d+)?(?:d|h|m|s|ms|microseconds?|ticks?|days?|hours?|minutes?|seconds?|milliseconds?)\b/)) return "number";
  if (stream.match(/^(?:0x[\da-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\b/)) return "number";
  if (stream.match(/^(?:datetime|date|guid|time|timespan|decimal)\([^()"'\n]*\)/)) return "number";
  if (stream.match(/^(?:mv-expand|mv-apply|make-series|parse-kv|parse-where|project-away|project-keep|project-rename|project-reorder|sample-distinct|top-hitters|top-nested)\b/)) return "keyword";
  if (stream.match(/^!(?:in|has|contains|startswith|endswith|hasprefix|hassuffix|between)(?:_cs)?~?/)) return "keyword";
  const name = stream.match(/^[A-Za-z_$][\w$]*/) as RegExpMatchArray | null;
  if (name) return wordKind(name[0], stream.peek() === "(" || /^\s*\(/.test(stream.string.slice(stream.pos)), tables);
  if (stream.match(/^(?:[|;,]|=~|!~|==|!=|<=|>=|=>|\.\.|[-+*/%<>=])/)) return "operator";
  stream.next();
  return null;
}

function wordKind(name: string, called: boolean, tables: ReadonlySet<string>): string | null {
  if (tables.has(name)) return "typeName";
  if (typeNames.has(name)) return "atom";
  if (keywords.has(name) && !(called && functionNames.has(name))) return "keyword";
  return called ? "function" : null;
}

function fenced(stream: StringStream, state: State): string {
  if (stream.skipTo(state.fence)) {
    stream.match(state.fence);
    state.fence = "";
  } else stream.skipToEnd();
  return "string";
}

/** kql is the language with the names of the tables that there are. */
export function kql(tables: ReadonlySet<string>) {
  const parser: StreamParser<State> = {
    name: "kql",
    startState: () => ({ fence: "" }),
    copyState: (s) => ({ ...s }),
    token: (stream, state) => token(stream, state, tables),
    languageData: { commentTokens: { line: "//" }, closeBrackets: { brackets: ["(", "[", "{", '"', "'"] } },
    tokenTable: { function: tags.macroName, atom: tags.atom },
  };
  return StreamLanguage.define(parser);
}
