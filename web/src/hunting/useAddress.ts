import { useCallback, useEffect, useRef } from "react";
import { useSearchParams } from "react-router";
import { pieces } from "./language/pieces";
import { useSavedHunts } from "./queries";
import type { Runs } from "./run/runs";
import { blank } from "./tabs/tabs";
import type { Tab, TabChange, Tabs } from "./tabs/tabs";
import { longestInAddress, readHunt, writeHunt } from "./view";
import type { Arrangement, HuntView, Show } from "./view";

interface Wanted {
  tab: Tab;
  tabs: Tabs;
  change: (change: TabChange) => void;
  runs: Runs;
  start: (tab: Tab, query: string) => void;
}

/** useAddress opens and runs what the address says, and lets it say what was run last. */
export function useAddress({ tab, tabs, change, runs, start }: Wanted): { show: Show | undefined; setShow: (show: Show) => void; arranged: Arrangement | undefined; arrange: (arranged: Arrangement | undefined) => void; ran: (tab: Tab, query: string) => void } {
  const [params, setParams] = useSearchParams();
  const view = readHunt(params);
  const written = useRef<string>(undefined);
  // The address may lag behind what was written: one that was followed once is not followed again.
  const followed = useRef<string>(undefined);
  const saved = useSavedHunts(view.saved !== undefined);
  const write = useCallback((v: HuntView) => {
    const next = writeHunt(v);
    written.current = next.toString();
    setParams(next, { replace: true });
  }, [setParams]);

  useEffect(() => {
    const address = params.toString();
    if (address === followed.current || address === written.current) {
      followed.current = address;
      return;
    }
    if (address === "") {
      followed.current = address;
      // The page without a query: what the tab shows is what its address says.
      written.current = "";
      const order = runs.of(tab.id)?.order;
      if (order) write(viewOf(tab, order.query, undefined));
      return;
    }
    const hunt = view.saved === undefined ? undefined : saved.data?.find((h) => h.id === view.saved);
    if (view.saved !== undefined && !hunt) return;
    followed.current = written.current = address;
    const query = (hunt ? (hunt.query ?? "") : (view.query ?? "")).trim();
    if (query === "") return;
    const known = tabs.tabs.find((t) => t.text.trim() === query || pieces(t.text).some((p) => p.text === query));
    const given = view.parameters;
    const usual = hunt?.parameters ?? known?.parameters ?? [];
    const parameters = [...usual.map((p) => ({ ...p, value: given.find((o) => o.name === p.name)?.value ?? p.value })), ...given.filter((o) => !usual.some((p) => p.name === o.name))];
    const part = { range: hunt && !params.has("from") ? { from: hunt.from, to: hunt.to } : view.range, parameters, ...(hunt ? { saved: hunt.id, name: hunt.name } : {}) };
    const opened: Tab = { ...(known ?? { ...blank(tabs.tabs, crypto.randomUUID()), text: query }), ...part };
    if (known) {
      change({ do: "set", id: known.id, part });
      change({ do: "show", id: known.id });
    } else change({ do: "add", tab: opened });
    // Whoever comes back finds what there was; whoever opens a link wants its answer. Several queries are run one by one.
    if (runs.of(opened.id)?.order.query !== query && pieces(query).length === 1) start(opened, query);
  }, [params, saved.data, view, tab, tabs, change, runs, start, write]);

  // Another tab is shown: the address follows.
  const active = useRef(tab.id);
  useEffect(() => {
    if (active.current === tab.id) return;
    active.current = tab.id;
    const order = runs.of(tab.id)?.order;
    if (written.current === undefined || (order && readHunt(new URLSearchParams(written.current)).query === order.query)) return;
    write(order ? viewOf(tab, order.query, undefined) : { query: undefined, saved: undefined, range: readHunt(new URLSearchParams()).range, parameters: [], show: undefined, arranged: undefined });
  }, [tab, runs, write]);

  return {
    show: view.show,
    setShow: (show) => write({ ...view, show }),
    arranged: view.arranged,
    arrange: (arranged) => write({ ...view, arranged }),
    // What another query gives has columns of its own.
    ran: (of, query) => write({ ...viewOf(of, query, view.show), arranged: sameHunt(view, of, query) ? view.arranged : undefined }),
  };
}

/** sameHunt says whether an address is that of a query. */
const sameHunt = (view: HuntView, tab: Tab, query: string): boolean => (view.saved === undefined ? view.query?.trim() === query.trim() : view.saved === tab.saved);

/** viewOf is what the address of a run says: the query, or the saved hunt that it is where it is too long. */
function viewOf(tab: Tab, query: string, show: Show | undefined): HuntView {
  const bySaved = query.length > longestInAddress && tab.saved !== undefined;
  return { query: bySaved ? undefined : query, saved: bySaved ? tab.saved : undefined, range: tab.range, parameters: tab.parameters, show, arranged: undefined };
}

/** useSharedAddress is the address of a hunt for others; undefined where its query is too long for one and it is not saved as it stands. */
export function useSharedAddress(tab: Tab, query: string): string | undefined {
  const saved = useSavedHunts(tab.saved !== undefined);
  const [params] = useSearchParams();
  if (query.trim() === "") return undefined;
  const view = readHunt(params);
  // Whoever follows it sees the result as it is shown here.
  const shown = sameHunt(view, tab, query) ? { show: view.show, arranged: view.arranged } : {};
  const address = `${location.origin}/hunting?${writeHunt({ ...viewOf(tab, query, undefined), ...shown })}`;
  if (query.length <= longestInAddress) return address;
  const asSaved = saved.data?.find((h) => h.id === tab.saved)?.query?.trim() === query.trim();
  return asSaved ? address : undefined;
}
