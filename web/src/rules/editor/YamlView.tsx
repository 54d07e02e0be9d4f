import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { Button, CopyButton } from "@mantine/core";
import { useEffect, useRef } from "react";
import { visible } from "../../events/document";
import { remeasure, viewing } from "./codemirror";
import css from "./Yaml.module.css";

/** YamlView shows the text of a rule in colours; a line of it may be pointed out. */
export function YamlView({ text, label, line }: { text: string; label: string; line?: number | undefined }) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  useEffect(() => {
    if (!parent.current) return;
    const v = new EditorView({ parent: parent.current, state: EditorState.create({ doc: visible(text), extensions: viewing(label) }) });
    view.current = v;
    remeasure(v);
    return () => v.destroy();
  }, [text, label]);
  useEffect(() => {
    const v = view.current;
    if (!v || line === undefined || line < 1 || line > v.state.doc.lines) return;
    const at = v.state.doc.line(line);
    v.dispatch({ selection: { anchor: at.from, head: at.to }, effects: EditorView.scrollIntoView(at.from, { y: "center" }) });
  }, [line, text]);
  return (
    <div className={css.view}>
      <CopyButton value={text}>{({ copied, copy }) => <Button className={css.copy ?? ""} size="compact-sm" variant="default" onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}</CopyButton>
      <div ref={parent} className={css.editor} />
    </div>
  );
}
