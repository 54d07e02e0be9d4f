// The query bar's editor: CodeMirror kept to one line, with the language's colours, completion, and the error in its place.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion } from "@codemirror/autocomplete";
import type { CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import type { Extension } from "@codemirror/state";
import { Decoration, EditorView, keymap, placeholder, ViewPlugin } from "@codemirror/view";
import type { DecorationSet, ViewUpdate } from "@codemirror/view";
import type { Field } from "../api/client";
import { completionAt, literal, tokens } from "./syntax";

export interface Host {
  fields(): Field[];
  values(field: string, start: string, signal: AbortSignal): Promise<{ values: string[]; whole: boolean }>;
  changed(query: string): void;
  run(query: string): void;
}

/** setError underlines the query from an index on; null takes the line away. */
export const setError = StateEffect.define<number | null>();

const errorMark = Decoration.mark({ class: "query-error" });

const errorField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, tr) {
    for (const e of tr.effects) {
      if (!e.is(setError)) continue;
      const length = tr.state.doc.length;
      if (e.value === null || length === 0) return Decoration.none;
      const from = Math.min(e.value, length - 1);
      const text = tr.state.doc.toString();
      const token = tokens(text).find((t) => t.from <= from && from < t.to);
      return Decoration.set([errorMark.range(token?.from ?? from, token?.to ?? from + 1)]);
    }
    return tr.docChanged ? Decoration.none : marks;
  },
  provide: (f) => EditorView.decorations.from(f),
});

function coloursOf(view: EditorView): DecorationSet {
  const query = view.state.doc.toString();
  return Decoration.set(tokens(query).map((t) => Decoration.mark({ class: `tok-${t.kind}` }).range(t.from, t.to)));
}

const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = coloursOf(view);
    }
    update(u: ViewUpdate) {
      if (u.docChanged) this.decorations = coloursOf(u.view);
    }
  },
  { decorations: (p) => p.decorations },
);

/** How long the typing of a value rests before the server is asked for values. */
const valuesPause = 120;

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function complete(host: Host, context: CompletionContext): Promise<CompletionResult | null> {
  const at = completionAt(context.state.doc.toString(), context.pos);
  if (!at) return null;
  if (at.kind === "field") {
    if (at.text === "" && !context.explicit) return null;
    return {
      from: at.from,
      options: [
        ...host.fields().map((f) => ({ label: f.name, detail: f.type, type: "property", apply: `${f.name}: ` })),
        ...(at.from > 0 ? ["and", "or", "not"].map((k) => ({ label: k, type: "keyword", boost: -1 })) : []),
      ],
      validFor: /^[\w.@-]*$/,
    };
  }
  const abort = new AbortController();
  context.addEventListener("abort", () => abort.abort(), { onDocChange: true });
  await pause(valuesPause, abort.signal);
  if (abort.signal.aborted) return null;
  const { values, whole } = await host.values(at.field, at.text, abort.signal).catch(() => ({ values: [], whole: false }));
  const options = values.map((v) => ({ label: v, apply: literal(v) }));
  return whole ? { from: at.from, options, validFor: /^"?[^"]*$/ } : { from: at.from, options };
}

const oneLine = EditorState.transactionFilter.of((tr) => (tr.newDoc.lines > 1 ? [] : tr));

/** Line breaks in pasted text become spaces. */
const pasteOneLine = EditorView.clipboardInputFilter.of((text) => text.replace(/\s*[\r\n]+\s*/g, " "));

export function extensions(host: Host): Extension {
  return [
    history(),
    oneLine,
    pasteOneLine,
    colours,
    errorField,
    closeBrackets(),
    autocompletion({ override: [(c) => complete(host, c)], icons: false, maxRenderedOptions: 60, activateOnTypingDelay: 50 }),
    placeholder("Search events, for example  host.name: ws-* and process.name: powershell.exe"),
    keymap.of([...completionKeymap, ...closeBracketsKeymap]),
    Prec.low(keymap.of([{ key: "Enter", run: (v) => (host.run(v.state.doc.toString()), true) }, ...historyKeymap, ...defaultKeymap])),
    EditorView.contentAttributes.of({ "aria-label": "Query", spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
    EditorView.updateListener.of((u) => {
      if (!u.docChanged) return;
      host.changed(u.state.doc.toString());
      // After "field: " the values are wanted at once.
      if (u.transactions.some((tr) => tr.isUserEvent("input.complete")) && u.state.doc.toString().endsWith(": ")) startCompletion(u.view);
    }),
  ];
}
