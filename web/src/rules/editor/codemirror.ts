// CodeMirror for the YAML of rules: colours, completion, and what is wrong at its line.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import type { Diagnostic } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import type { Extension, Text } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import type { RuleProblem } from "../../api/client";
import { optionsAt, placeAt } from "./sigma";
import type { Option, Vocabulary } from "./sigma";

export interface Host {
  vocabulary(): Vocabulary;
  changed(text: string): void;
}

const colours: Extension = [yaml(), syntaxHighlighting(classHighlighter)];

/** viewing shows a text that cannot be changed. */
export function viewing(label: string): Extension {
  return [colours, lineNumbers(), EditorView.lineWrapping, EditorState.readOnly.of(true), EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": "true", tabindex: "0" })];
}

export function editing(host: Host, label: string): Extension {
  return [
    colours, lineNumbers(), history(), drawSelection(), indentOnInput(), indentUnit.of("    "), bracketMatching(), closeBrackets(), highlightActiveLine(), highlightActiveLineGutter(), lintGutter(),
    EditorView.lineWrapping,
    autocompletion({ override: [(c) => complete(host, c)], icons: false, maxRenderedOptions: 80, activateOnTypingDelay: 50 }),
    // Tab leaves the editor, as keyboards expect of a page; Ctrl+] and Ctrl+[ move lines in and out.
    keymap.of([...completionKeymap, ...closeBracketsKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
    EditorView.updateListener.of((u) => {
      if (u.docChanged) host.changed(u.state.doc.toString());
    }),
  ];
}

function complete(host: Host, context: CompletionContext): CompletionResult | null {
  const text = context.state.doc.toString();
  const place = placeAt(text, context.pos);
  if (!place || (place.text === "" && place.key === undefined && !context.explicit)) return null;
  const options = optionsAt(place, text, host.vocabulary());
  // A condition is completed word by word.
  const from = place.key === "condition" ? context.pos - (/[\w*]*$/.exec(place.text)?.[0].length ?? 0) : place.from;
  return options.length > 0 ? { from, options: options.map(completionOf), validFor: /^[\w.|-]*$/ } : null;
}

function completionOf(o: Option): Completion {
  return { label: o.label, ...(o.detail ? { detail: o.detail } : {}), ...(o.info ? { info: o.info } : {}), ...(o.apply ? { apply: o.apply } : {}), boost: o.detail === "no counterpart" || o.detail === "ECS" ? -10 : 0 };
}

/** remeasure lets an editor find its lines again once the font is there: another one stood in for it. */
export function remeasure(view: EditorView): void {
  void document.fonts.ready.then(() => view.requestMeasure());
}

/** diagnosticsOf puts problems at their places: from a column to the end of its line, or the whole line. */
export function diagnosticsOf(problems: readonly RuleProblem[], doc: Text): Diagnostic[] {
  return problems.filter((p) => p.line > 0 && p.line <= doc.lines).map((p) => {
    const line = doc.line(p.line);
    const indent = /^\s*/.exec(line.text)?.[0].length ?? 0;
    const from = Math.min(line.to, line.from + Math.max(indent, p.column - 1));
    return { from, to: Math.max(from, line.to), severity: p.warning ? "warning" as const : "error" as const, message: p.message };
  });
}
