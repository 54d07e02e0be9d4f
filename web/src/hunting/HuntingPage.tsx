import { ActionIcon, Drawer, Tooltip } from "@mantine/core";
import { useDisclosure, useDocumentTitle, useMediaQuery } from "@mantine/hooks";
import { IconLayoutSidebar } from "@tabler/icons-react";
import { useCallback, useRef, useState } from "react";
import type { SavedQuery } from "../api/client";
import { useAddress } from "./useAddress";
import { Divider, useEditorHeight } from "./Divider";
import { ExportHunt } from "./ExportHunt";
import { HuntingTabs } from "./HuntingTabs";
import { KqlEditor } from "./editor/KqlEditor";
import type { KqlHandle } from "./editor/KqlEditor";
import type { Piece } from "./language/pieces";
import { ParameterValues } from "./Parameters";
import { useHuntSchema } from "./queries";
import { Results } from "./results/Results";
import type { Order } from "./run/run";
import { useRun, useRuns } from "./run/runs";
import { SaveHunt } from "./SaveHunt";
import { Side } from "./side/Side";
import { StatusLine } from "./StatusLine";
import { TabStrip } from "./tabs/TabStrip";
import { blank } from "./tabs/tabs";
import type { Tab } from "./tabs/tabs";
import { useTabs } from "./tabs/useTabs";
import { Toolbar } from "./Toolbar";
import { useChecked } from "./useChecked";
import type { Show } from "./view";
import type { Place } from "./wire";
import { Welcome } from "./Welcome";
import { useLimit } from "./useLimit";
import css from "./HuntingPage.module.css";

const noTables: never[] = [];

/** HuntingPage writes queries in KQL and runs them. What is written is kept in this browser; what was run last stands in the address. */
export function HuntingPage() {
  useDocumentTitle("Hunting · Penstock");
  const [tabs, change] = useTabs();
  const tab = tabs.tabs.find((t) => t.id === tabs.active) ?? tabs.tabs[0];
  return tab && <Hunting tab={tab} tabs={tabs} change={change} />;
}

function Hunting({ tab, tabs, change }: { tab: Tab; tabs: ReturnType<typeof useTabs>[0]; change: ReturnType<typeof useTabs>[1] }) {
  const runs = useRuns();
  const { run, result } = useRun(runs, tab.id);
  const schema = useHuntSchema().data ?? noTables;
  const editor = useRef<KqlHandle>(null);
  const [piece, setPiece] = useState<{ tab: string; piece: Piece | undefined }>();
  const here = piece?.tab === tab.id ? piece.piece : undefined;
  const { checked, current, error, finding, orderOf } = useChecked(tab, here);
  const [limit, setLimit] = useLimit();
  const [height, setHeight] = useEditorHeight();
  const [exported, setExported] = useState<Order>();
  const [saving, { open: openSave, close: closeSave }] = useDisclosure();
  const [side, { open: openSide, close: closeSide }] = useDisclosure();
  const narrow = useMediaQuery("(max-width: 62em)", false, { getInitialValueInEffect: false });

  const start = useCallback((of: Tab, query: string) => runs.start(of.id, { ...orderOf(of, query), rows: limit }), [runs, orderOf, limit]);
  const { show, setShow, arranged, arrange, ran } = useAddress({ tab, tabs, change, runs, start });
  const begin = (of: Tab, query: string) => {
    if (query.trim() === "") return;
    start(of, query);
    ran(of, query);
  };
  const openTab = (text: string, part: Partial<Tab>, runIt: boolean) => {
    const fresh: Tab = { ...blank(tabs.tabs, crypto.randomUUID()), ...part, text };
    change({ do: "add", tab: fresh });
    // A tab in which nothing stands gives way.
    if (tab.text.trim() === "") change({ do: "close", id: tab.id, fresh: crypto.randomUUID() });
    closeSide();
    if (runIt) begin(fresh, text);
  };
  const openSaved = (h: SavedQuery) => openTab(h.query ?? "", { name: h.name, range: { from: h.from, to: h.to }, parameters: h.parameters ?? [], saved: h.id }, false);
  /** Where a place of a query stands in the text of the tab. */
  const select = (query: string, place: Place) => {
    const from = Math.max(0, here && here.text === query ? here.from : tab.text.indexOf(query));
    editor.current?.select(from + place.start, from + place.end);
  };
  const panel = (
    <Side
      onInsert={(text) => { closeSide(); editor.current?.insert(text); }} onTry={(query) => openTab(query, {}, true)} onOpenSaved={openSaved}
      onOpen={(query, range, name) => openTab(query, { ...(range ? { range } : {}), ...(name ? { name } : {}) }, false)}
    />
  );
  return (
    <div className={css.page}>
      <HuntingTabs />
      <div className={css.body}>
        {!narrow && panel}
        <div className={css.work}>
          <section className={`panel ${css.writing ?? ""}`} aria-label="Query">
            <TabStrip tabs={tabs} runs={(id) => runs.of(id)?.over === false} onChange={change} onClosed={(id) => runs.forget(id)} />
            <div className={css.tools}>
              {narrow && <Tooltip label="Tables and hunts"><ActionIcon size={38} variant="default" aria-label="Tables and hunts" onClick={openSide}><IconLayoutSidebar size={16} /></ActionIcon></Tooltip>}
              <Toolbar
                tab={tab} query={here?.text ?? ""} running={run?.over === false} timeSet={checked?.timeSetInQuery ?? false} limit={limit} onLimit={setLimit} onRun={() => begin(tab, here?.text ?? "")} onCancel={() => run?.cancel()}
                onChange={(part) => change({ do: "set", id: tab.id, part })} onSave={openSave}
              />
            </div>
            <ParameterValues parameters={tab.parameters} onChange={(parameters) => change({ do: "set", id: tab.id, part: { parameters } })} />
            <div className={css.editor} style={{ height }}>
              <KqlEditor
                ref={editor} tab={tab.id} text={tab.text} schema={schema} finding={finding} onRun={() => begin(tab, here?.text ?? "")} onSave={openSave}
                onChange={(text, p) => { setPiece({ tab: tab.id, piece: p }); if (text !== tab.text) change({ do: "set", id: tab.id, part: { text } }); }}
              />
            </div>
            <StatusLine
              checked={checked} current={current} error={error} before={here ? tab.text.slice(0, here.from).split("\n").length - 1 : 0} onGo={(place) => here && select(here.text, place)}
              onFix={(place, text) => { if (!here) return; select(here.text, place); editor.current?.insert(text); }}
            />
          </section>
          <Divider height={height} onHeight={setHeight} />
          {run && result ? (
            <Results key={tab.id} result={result} started={run.started} show={show} onShow={(s: Show) => setShow(s)} arranged={arranged} onArrange={arrange} onCancel={() => run.cancel()} onAgain={() => begin(tab, run.order.query)} onGo={(place) => select(run.order.query, place)} onExport={() => setExported(run.order)} />
          ) : <Welcome onSample={(s) => openTab(s.query, { name: s.name }, true)} />}
        </div>
      </div>
      {narrow && <Drawer opened={side} onClose={closeSide} size={320} title="Tables and hunts" closeButtonProps={{ "aria-label": "Close the tables" }} styles={{ body: { height: "calc(100% - 60px)", display: "flex" } }}>{panel}</Drawer>}
      {saving && <SaveHunt tab={tab} onClose={closeSave} onSaved={(h) => change({ do: "set", id: tab.id, part: { saved: h.id, name: h.name } })} />}
      {exported && <ExportHunt order={exported} onClose={() => setExported(undefined)} />}
    </div>
  );
}
