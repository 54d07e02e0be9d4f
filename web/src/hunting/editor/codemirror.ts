// CodeMirror for KQL: colours, completion, help, and what is wrong at its place.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import type { Diagnostic as Underlined } from "@codemirror/lint";
import { Compartment, Prec } from "@codemirror/state";
import type { EditorState, Extension } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers, placeholder, ViewPlugin } from "@codemirror/view";
import type { DecorationSet, Tooltip, ViewUpdate } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import { visible } from "../../events/document";
import { completeLocally, replacementOf } from "../language/complete";
import { kql } from "../language/kql";
import { pieceAt, pieces } from "../language/pieces";
import type { Piece } from "../language/pieces";
import type { CompletionItem, Completions, Diagnostic, Hover, SchemaTable } from "../wire";

export interface Host {
  schema(): readonly SchemaTable[];
  complete(query: string, offset: number, signal: AbortSignal): Promise<Completions>;
  hover(query: string, offset: number): Promise<Hover>;
  changed(state: EditorState): void;
  run(): void;
  save(): void;
}

/** pieceOf is the query at the cursor, or what is selected. */
export function pieceOf(state: EditorState): Piece | undefined {
  const { main } = state.selection;
  const text = state.doc.toString();
  if (!main.empty && text.slice(main.from, main.to).trim() !== "") return { from: main.from, to: main.to, text: text.slice(main.from, main.to) };
  return pieceAt(text, main.head);
}

const language = new Compartment();

/** coloured colours the text by the names of the tables that there are. */
export function coloured(tables: readonly SchemaTable[]) {
  return language.reconfigure(kql(new Set(tables.map((t) => t.name))));
}

/** How long completion waits for the server before it offers what is known here. */
const patience = 150;

async function complete(host: Host, context: CompletionContext): Promise<CompletionResult | null> {
  const text = context.state.doc.toString();
  const piece = pieceAt(text, context.pos);
  const from = piece && context.pos >= piece.from ? piece.from : context.pos;
  const query = text.slice(from, Math.max(piece?.to ?? 0, context.pos));
  const offset = context.pos - from;
  const typed = /[\w$-]*$/.exec(query.slice(0, offset))?.[0] ?? "";
  if (typed === "" && !context.explicit && !/[|.]\s?$/.test(query.slice(0, offset))) return null;
  const abort = new AbortController();
  context.addEventListener("abort", () => abort.abort(), { onDocChange: true });
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, patience, undefined));
  const answered = await Promise.race([host.complete(query, offset, abort.signal).catch(() => undefined), late]);
  if (abort.signal.aborted) return null;
  if (answered && answered.items.length > 0) return { from: from + answered.start, to: from + answered.end, options: answered.items.map(completionOf), validFor: /^[\w$-]*$/ };
  const local = completeLocally(query, offset, host.schema());
  return local ? { from: from + local.from, options: local.items.map(completionOf), validFor: /^[\w$]*$/ } : null;
}

function completionOf(item: CompletionItem, at: number): Completion {
  const info = item.documentation;
  return { label: item.label, apply: item.insert, boost: Math.max(-50, -at / 20), ...(item.detail ? { detail: item.detail } : {}), ...(info ? { info: () => helpOf("", info) } : {}) };
}

/** helpOf is made of elements, not of markup. */
function helpOf(title: string, text: string): HTMLElement {
  const box = document.createElement("div");
  box.className = title ? "cm-help" : "";
  if (title) {
    const head = document.createElement("b");
    head.textContent = visible(title);
    box.append(head);
  }
  box.append(visible(text));
  return box;
}

const help = (host: Host) => hoverTooltip(async (view, pos): Promise<Tooltip | null> => {
  const text = view.state.doc.toString();
  const piece = pieceAt(text, pos);
  if (!piece || pos < piece.from || pos > piece.to || !/[\w=!~-]/.test(text.slice(pos, pos + 1))) return null;
  const found = await host.hover(piece.text, pos - piece.from).catch(() => undefined);
  if (!found || (found.title === "" && found.text === "")) return null;
  return { pos: piece.from + found.start, end: piece.from + found.end, above: true, create: () => ({ dom: helpOf(found.title || " ", found.text) }) };
}, { hoverTime: 350 });

const mark = Decoration.line({ class: "cm-piece" });

/** marked marks the lines of the query at the cursor where the text has several. */
const marked = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = lines(view.state);
    }
    update(u: ViewUpdate) {
      if (u.docChanged || u.selectionSet) this.decorations = lines(u.state);
    }
  },
  { decorations: (p) => p.decorations },
);

function lines(state: EditorState): DecorationSet {
  const text = state.doc.toString();
  const piece = pieces(text).length > 1 ? pieceAt(text, state.selection.main.head) : undefined;
  if (!piece) return Decoration.none;
  const [first, last] = [state.doc.lineAt(piece.from).number, state.doc.lineAt(piece.to).number];
  return Decoration.set(Array.from({ length: last - first + 1 }, (_, i) => mark.range(state.doc.line(first + i).from)));
}

export function editing(host: Host, tables: readonly SchemaTable[]): Extension {
  return [
    language.of(kql(new Set(tables.map((t) => t.name)))), syntaxHighlighting(classHighlighter), lineNumbers(), history(), drawSelection(), indentUnit.of("    "), bracketMatching(), closeBrackets(), highlightActiveLine(),
    highlightActiveLineGutter(), lintGutter(), marked, help(host), EditorView.lineWrapping,
    placeholder("Paste or write a query, for example  DeviceProcessEvents | where FileName =~ \"powershell.exe\" | take 100"),
    autocompletion({ override: [(c) => complete(host, c)], icons: false, maxRenderedOptions: 80, activateOnTypingDelay: 60 }),
    Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (host.run(), true) }, { key: "Shift-Enter", run: () => (host.run(), true) }, { key: "Mod-s", preventDefault: true, run: () => (host.save(), true) }])),
    // Tab leaves the editor, as keyboards expect of a page; Ctrl+] and Ctrl+[ move lines in and out.
    keymap.of([...completionKeymap, ...closeBracketsKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
    EditorView.contentAttributes.of({ "aria-label": "Query in KQL", spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
    EditorView.updateListener.of((u) => {
      if (u.docChanged || u.selectionSet) host.changed(u.state);
    }),
  ];
}

/** underlined puts what is wrong with a query at its places in the text; a name that a hint proposes is offered in its stead. */
export function underlined(diagnostics: readonly Diagnostic[], from: number, length: number): Underlined[] {
  return diagnostics.map((d) => {
    const start = Math.min(length, from + d.start);
    const end = Math.min(length, Math.max(start, from + d.end));
    const name = replacementOf(d.hint);
    return {
      from: start, to: end, severity: d.severity, message: d.hint ? `${d.message} — ${d.hint}` : d.message,
      ...(name ? { actions: [{ name: `Write ${name}`, apply: (view: EditorView, a: number, b: number) => view.dispatch({ changes: { from: a, to: b, insert: name }, selection: { anchor: a + name.length } }) }] } : {}),
    };
  });
}
