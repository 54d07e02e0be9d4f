import { setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useImperativeHandle, useRef } from "react";
import type { Ref } from "react";
import { remeasure } from "../../rules/editor/codemirror";
import { completions, hover } from "../queries";
import type { Piece } from "../language/pieces";
import type { Diagnostic, SchemaTable } from "../wire";
import { coloured, editing, pieceOf, underlined } from "./codemirror";
import type { Host } from "./codemirror";
import css from "./Kql.module.css";

/** KqlHandle changes what is written, and leads to places of it. */
export interface KqlHandle {
  insert(text: string): void;
  select(from: number, to: number): void;
  focus(): void;
}

export interface Finding {
  piece: Piece;
  diagnostics: readonly Diagnostic[];
}

interface Props {
  /** The tab whose text it is: each keeps what can be undone. */
  tab: string;
  /** Its text when it is first shown; what is typed then is told by onChange. */
  text: string;
  schema: readonly SchemaTable[];
  finding: Finding | undefined;
  onChange: (text: string, piece: Piece | undefined) => void;
  onRun: () => void;
  onSave: () => void;
  ref?: Ref<KqlHandle>;
}

/** KqlEditor edits the text of a tab. Typing waits for nothing: what is wrong is drawn when it is known. */
export function KqlEditor({ tab, text, schema, finding, onChange, onRun, onSave, ref }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const states = useRef(new Map<string, EditorState>());
  const shown = useRef<string>(undefined);
  const host = useRef<Host>(undefined);
  const now: Host = {
    schema: () => schema, complete: completions, hover, run: onRun, save: onSave, changed: (s) => onChange(s.doc.toString(), pieceOf(s)),
  };
  useEffect(() => {
    host.current = now;
  });
  useEffect(() => {
    if (!parent.current) return;
    const v = new EditorView({ parent: parent.current });
    view.current = v;
    remeasure(v);
    return () => {
      v.destroy();
      shown.current = undefined;
    };
  }, []);
  useEffect(() => {
    const v = view.current;
    if (!v) return;
    if (shown.current !== tab) {
      if (shown.current !== undefined) states.current.set(shown.current, v.state);
      shown.current = tab;
      const delegate: Host = {
        schema: () => host.current?.schema() ?? [], complete: completions, hover, run: () => host.current?.run(), save: () => host.current?.save(), changed: (s) => host.current?.changed(s),
      };
      const kept = states.current.get(tab);
      v.setState(kept ?? EditorState.create({ doc: text, extensions: editing(delegate, schema), selection: { anchor: text.length } }));
      host.current?.changed(v.state);
    }
  }, [tab, text, schema]);
  useEffect(() => view.current?.dispatch({ effects: coloured(schema) }), [tab, schema]);
  useEffect(() => {
    const v = view.current;
    if (!v) return;
    const fits = finding && v.state.sliceDoc(finding.piece.from, finding.piece.to) === finding.piece.text;
    v.dispatch(setDiagnostics(v.state, fits ? underlined(finding.diagnostics, finding.piece.from, v.state.doc.length) : []));
  }, [finding, tab]);
  useImperativeHandle(ref, () => ({
    insert(inserted) {
      const v = view.current;
      if (!v) return;
      v.dispatch(v.state.replaceSelection(inserted));
      v.focus();
    },
    select(from, to) {
      const v = view.current;
      if (!v) return;
      const length = v.state.doc.length;
      const [a, b] = [Math.min(from, length), Math.min(to, length)];
      v.dispatch({ selection: { anchor: a, head: b }, effects: EditorView.scrollIntoView(a, { y: "center" }) });
      v.focus();
    },
    focus: () => view.current?.focus(),
  }), []);
  return <div ref={parent} className={css.editor} />;
}
