import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useCallback, useEffect, useImperativeHandle, useRef, useState } from "react";
import type { Ref } from "react";
import { answer, api } from "../api/client";
import type { Field } from "../api/client";
import { Problem } from "../api/problem";
import { extensions, setError } from "./editor";
import type { Host } from "./editor";
import { offsetOf } from "./syntax";
import css from "./QueryBar.module.css";

export interface QueryBarHandle {
  focus(): void;
}

interface Props {
  ref?: Ref<QueryBarHandle>;
  query: string;
  fields: Field[];
  values: Host["values"];
  onRun: (query: string) => void;
}

/** QueryBar edits a query; Enter runs it. What is typed is checked by the server after a pause, the typing never waits. */
export function QueryBar({ ref, query, fields, values, onRun }: Props) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const [draft, setDraft] = useState(query);
  const problem = useCheck(draft);
  const host = useRef<Host>({ fields: () => [], values: () => Promise.resolve({ values: [], whole: true }), changed: setDraft, run: () => undefined });
  useEffect(() => {
    host.current = { fields: () => fields, values, changed: setDraft, run: onRun };
  }, [fields, values, onRun]);

  useEffect(() => {
    if (!parent.current) return;
    const delegate: Host = {
      fields: () => host.current.fields(),
      values: (f, start, s) => host.current.values(f, start, s),
      changed: (q) => host.current.changed(q),
      run: (q) => host.current.run(q),
    };
    const v = new EditorView({ parent: parent.current, state: EditorState.create({ extensions: extensions(delegate) }) });
    view.current = v;
    return () => v.destroy();
  }, []);

  useImperativeHandle(ref, () => ({ focus: () => view.current?.focus() }), []);
  const replace = useCallback((text: string) => {
    const v = view.current;
    if (!v || v.state.doc.toString() === text) return;
    v.dispatch({ changes: { from: 0, to: v.state.doc.length, insert: text }, selection: { anchor: text.length } });
  }, []);
  useEffect(() => replace(query), [query, replace]);
  useEffect(() => {
    view.current?.dispatch({ effects: setError.of(problem ? offsetOf(draft, problem.column ?? 1) : null) });
  }, [problem, draft]);

  return (
    <div>
      <div className={css.bar} data-invalid={problem ? true : undefined}>
        <div ref={parent} className={css.editor} />
        {draft !== "" && (
          <ActionIcon variant="subtle" color="gray" m={4} aria-label="Clear the query" onClick={() => { replace(""); onRun(""); }}>
            <IconX size={15} />
          </ActionIcon>
        )}
      </div>
      {problem && <div className={css.error} role="alert">{problem.column ? `Column ${problem.column}: ` : ""}{problem.message}{problem.hint ? ` — ${problem.hint}` : ""}</div>}
    </div>
  );
}

/** useCheck asks the server what is wrong with a draft, once its writer pauses. */
function useCheck(draft: string): Problem | undefined {
  const [found, setFound] = useState<{ draft: string; problem: Problem }>();
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      answer(api.GET("/api/v1/query/check", { params: { query: { q: draft } }, signal: abort.signal })).then(
        () => setFound(undefined),
        (e: unknown) => {
          if (e instanceof Problem && e.status === 400) setFound({ draft, problem: e });
        },
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [draft]);
  return found?.draft === draft ? found.problem : undefined;
}
