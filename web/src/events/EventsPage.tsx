import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconPlayerPlay, IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { QueryBar } from "../query/QueryBar";
import { withFilter } from "../query/syntax";
import { Empty } from "../shared/states";
import { TimeRangePicker } from "../time/TimeRangePicker";
import { defaultRange, isRelative, momentsOf } from "../time/range";
import { EventDrawer } from "./EventDrawer";
import { FieldsPanel } from "./FieldsPanel";
import { useFields, valuesFor } from "./queries";
import { Results } from "./Results";
import { defaultColumns, readView, summaryColumn, writeView } from "./view";
import type { EventsView } from "./view";
import css from "./EventsPage.module.css";

/** EventsPage searches events. All of its state but the draft of the query is in its address. */
export function EventsPage() {
  useDocumentTitle("Events · Penstock");
  const [params, setParams] = useSearchParams();
  const view = useMemo(() => readView(params), [params]);
  const [now, setNow] = useState(() => new Date());
  const moments = useMemo(() => momentsOf(view.range, now), [view.range, now]);
  const fields = useFields();

  const change = useCallback(
    (part: Partial<EventsView>) => setParams((old) => writeView({ ...readView(old), ...part })),
    [setParams],
  );
  const run = useCallback((query: string) => {
    setNow(new Date());
    change({ query });
  }, [change]);
  const filter = useCallback((field: string, value: string, wanted: boolean) => {
    setNow(new Date());
    change({ query: withFilter(view.query, field, value, wanted) });
  }, [change, view.query]);
  const toggleColumn = useCallback((name: string) => change({ columns: toggled(view.columns, name) }), [change, view.columns]);
  const values = useCallback((field: string, signal: AbortSignal) => (moments ? valuesFor(field, moments, signal) : Promise.resolve([])), [moments]);

  return (
    <div className={css.page}>
      <div className={css.bar}>
        <QueryBar query={view.query} fields={fields.data ?? []} values={values} onRun={run} />
        <div className={css.tools}>
          <TimeRangePicker range={view.range} onChange={(range) => { setNow(new Date()); change({ range, live: view.live && isRelative(range) }); }} />
          <Button
            h={38} variant={view.live ? "filled" : "default"} aria-pressed={view.live} leftSection={view.live ? <IconPlayerStop size={15} /> : <IconPlayerPlay size={15} />}
            onClick={() => change({ live: !view.live, range: isRelative(view.range) ? view.range : defaultRange })}
          >Live</Button>
          <Tooltip label="Search again">
            <ActionIcon size={38} variant="default" aria-label="Search again" onClick={() => setNow(new Date())}><IconRefresh size={16} /></ActionIcon>
          </Tooltip>
        </div>
      </div>
      <div className={css.body}>
        {moments && (
          <div className={css.fields}>
            <FieldsPanel
              fields={fields.data ?? []} columns={view.columns} query={view.query} moments={moments} onToggleColumn={toggleColumn}
              onSplit={(split) => change({ split })} onFilter={filter}
            />
          </div>
        )}
        <section className={`panel ${css.results ?? ""}`} aria-label="Results">
          {moments ? (
            <Results view={view} moments={moments} change={change} onFilter={filter} onRemoveColumn={toggleColumn} onAgain={() => setNow(new Date())} />
          ) : (
            <Empty title="The time range is not understood">Choose another one above; its start must lie before its end.</Empty>
          )}
        </section>
      </div>
      {view.event && (
        <EventDrawer
          id={view.event} tab={view.tab} onTab={(tab) => change({ tab })} onClose={() => change({ event: undefined })} onFilter={filter}
          onAddColumn={(name) => !view.columns.includes(name) && toggleColumn(name)}
        />
      )}
    </div>
  );
}

/** toggled adds a column before the summary, or removes it; the last one stays. */
function toggled(columns: string[], name: string): string[] {
  if (columns.includes(name)) {
    const left = columns.filter((c) => c !== name);
    return left.length > 0 ? left : defaultColumns;
  }
  const at = columns.indexOf(summaryColumn);
  return at < 0 ? [...columns, name] : columns.toSpliced(at, 0, name);
}
