import { ActionIcon, Button, Drawer, Tooltip } from "@mantine/core";
import { useDisclosure, useDocumentTitle, useLocalStorage, useMediaQuery } from "@mantine/hooks";
import { IconKeyboard, IconLayoutSidebar, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { QueryBar } from "../query/QueryBar";
import type { QueryBarHandle } from "../query/QueryBar";
import { withFilter } from "../query/syntax";
import { SavedQueries } from "../saved/SavedQueries";
import { Empty } from "../shared/states";
import { useKeys } from "../shared/useKeys";
import { TimeRangePicker } from "../time/TimeRangePicker";
import { defaultRange, isRelative, momentsOf } from "../time/range";
import { columnsOf, standard, toggled, written } from "./columns";
import type { Column } from "./columns";
import { EventDrawer } from "./EventDrawer";
import { FieldsPanel } from "./FieldsPanel";
import { KeysHelp } from "./KeysHelp";
import { useFields, valuesFor } from "./queries";
import { Results } from "./Results";
import { RunButton } from "./RunButton";
import { readView, shareable, writeView } from "./view";
import type { EventsView } from "./view";
import css from "./EventsPage.module.css";

const noFields: never[] = [];

/** EventsPage searches events. All of its state but the draft of the query is in its address. */
export function EventsPage() {
  useDocumentTitle("Events · Penstock");
  const [params, setParams] = useSearchParams();
  const [usual, setUsual] = useUsualColumns();
  const view = useMemo(() => readView(params, usual), [params, usual]);
  const [clock, setClock] = useState(() => ({ now: new Date(), run: 0 }));
  const moments = useMemo(() => momentsOf(view.range, clock.now), [view.range, clock.now]);
  const selection = useMemo(() => moments && { query: view.query, moments, run: clock.run }, [view.query, moments, clock.run]);
  const fields = useFields();
  const [bar, setBar] = useState<QueryBarHandle | null>(null);
  const [help, { open: openHelp, close: closeHelp }] = useDisclosure();
  const [side, { open: openSide, close: closeSide }] = useDisclosure();
  const narrow = useMediaQuery("(max-width: 62em)", false, { getInitialValueInEffect: false });

  const change = useCallback(
    (part: Partial<EventsView>) => setParams((old) => writeView({ ...readView(old, usual), ...part }, usual)),
    [setParams, usual],
  );
  const again = useCallback(() => setClock((c) => ({ now: new Date(), run: c.run + 1 })), []);
  const run = useCallback((part: Partial<EventsView>) => {
    again();
    change(part);
  }, [again, change]);
  const filter = useCallback((field: string, value: string, wanted: boolean) => run({ query: withFilter(view.query, field, value, wanted) }), [run, view.query]);
  const toggleColumn = useCallback((name: string) => change({ columns: toggled(view.columns, name) }), [change, view.columns]);
  const values = useCallback((field: string, start: string, signal: AbortSignal) => (moments ? valuesFor(field, start, moments, signal) : Promise.resolve({ values: [], whole: true })), [moments]);
  const toggleLive = () => change({ live: !view.live, range: isRelative(view.range) ? view.range : defaultRange });
  useKeys({ "/": () => bar?.focus(), "?": openHelp, r: again, l: toggleLive });

  const panel = selection && (
    <FieldsPanel fields={fields.data ?? noFields} columns={view.columns} selection={selection} onToggleColumn={toggleColumn} onSplit={(split) => change({ split })} onFilter={filter} />
  );
  return (
    <div className={css.page}>
      <div className={css.bar}>
        <QueryBar ref={setBar} query={view.query} fields={fields.data ?? noFields} values={values} onRun={(query) => run({ query })} />
        <div className={css.tools}>
          {narrow && <Tooltip label="Fields"><ActionIcon size={38} variant="default" aria-label="Show the fields" onClick={openSide}><IconLayoutSidebar size={17} /></ActionIcon></Tooltip>}
          <SavedQueries view={view} onApply={run} />
          <TimeRangePicker range={view.range} onChange={(range) => run({ range, live: view.live && isRelative(range) })} />
          <Button
            h={38} px="sm" variant={view.live ? "filled" : "default"} aria-pressed={view.live} leftSection={view.live ? <IconPlayerStop size={15} /> : <IconPlayerPlay size={15} />} onClick={toggleLive}
          >Live</Button>
          <RunButton onRun={again} />
          {!narrow && <Tooltip label="Keys (?)"><ActionIcon size={38} variant="subtle" color="gray" aria-label="Keys" onClick={openHelp}><IconKeyboard size={18} /></ActionIcon></Tooltip>}
        </div>
      </div>
      <div className={css.body}>
        {!narrow && <div className={css.fields}>{panel}</div>}
        <section className={`panel ${css.results ?? ""}`} aria-label="Results">
          {selection ? (
            <Results view={view} selection={selection} fields={fields.data ?? noFields} change={change} run={run} onFilter={filter} onAgain={again} onUsual={setUsual} />
          ) : (
            <Empty title="The time range is not understood">Choose another one above; its start must lie before its end.</Empty>
          )}
        </section>
      </div>
      {narrow && <Drawer opened={side} onClose={closeSide} size={300} title="Fields" closeButtonProps={{ "aria-label": "Close the fields" }}>{panel}</Drawer>}
      {view.event && (
        <EventDrawer
          id={view.event} tab={view.tab} onTab={(tab) => change({ tab })} onClose={() => change({ event: undefined })} onFilter={filter}
          onAddColumn={(name) => !view.columns.some((c) => c.name === name) && toggleColumn(name)}
          link={`${location.origin}/events?${shareable(view, usual)}`}
        />
      )}
      <KeysHelp opened={help} onClose={closeHelp} />
    </div>
  );
}

/** useUsualColumns are the columns that this browser shows where an address names none. */
function useUsualColumns(): [Column[], (columns: Column[] | undefined) => void] {
  const [kept, keep] = useLocalStorage<string[]>({ key: "penstock.columns", defaultValue: [], getInitialValueInEffect: false });
  const usual = useMemo(() => {
    const columns = columnsOf(kept);
    return columns.length > 0 ? columns : standard;
  }, [kept]);
  return [usual, useCallback((columns) => keep(columns ? written(columns) : []), [keep])];
}
