import { setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useImperativeHandle, useRef } from "react";
import type { Ref } from "react";
import type { RuleProblem } from "../../api/client";
import { diagnosticsOf, editing, remeasure } from "./codemirror";
import type { Host } from "./codemirror";
import type { Vocabulary } from "./sigma";
import css from "./Yaml.module.css";

/** YamlHandle leads to a line of the text. */
export interface YamlHandle {
  goTo(line: number): void;
}

interface Props {
  /** The text to begin with; what is typed then is told by onChange. */
  initial: string;
  label: string;
  problems: RuleProblem[];
  vocabulary: Vocabulary;
  onChange: (text: string) => void;
  ref?: Ref<YamlHandle>;
}

/** YamlEditor edits the text of a rule. Typing waits for nothing: problems are drawn when they are known. */
export function YamlEditor({ initial, label, problems, vocabulary, onChange, ref }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const host = useRef<Host>({ vocabulary: () => vocabulary, changed: onChange });
  const first = useRef({ initial, label });
  useEffect(() => {
    host.current = { vocabulary: () => vocabulary, changed: onChange };
  }, [vocabulary, onChange]);
  useEffect(() => {
    if (!parent.current) return;
    const delegate: Host = { vocabulary: () => host.current.vocabulary(), changed: (t) => host.current.changed(t) };
    const v = new EditorView({ parent: parent.current, state: EditorState.create({ doc: first.current.initial, extensions: editing(delegate, first.current.label) }) });
    view.current = v;
    remeasure(v);
    return () => v.destroy();
  }, []);
  useEffect(() => {
    const v = view.current;
    if (v) v.dispatch(setDiagnostics(v.state, diagnosticsOf(problems, v.state.doc)));
  }, [problems]);
  useImperativeHandle(ref, () => ({
    goTo(line) {
      const v = view.current;
      if (!v) return;
      const at = v.state.doc.line(Math.max(1, Math.min(line, v.state.doc.lines))).from;
      v.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
      v.focus();
    },
  }), []);
  return <div ref={parent} className={css.editor} />;
}
