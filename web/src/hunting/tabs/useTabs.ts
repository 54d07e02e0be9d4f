import { useCallback, useEffect, useState } from "react";
import { useIdentity } from "../../access/session";
import { changed, tabsOf } from "./tabs";
import type { TabChange, Tabs } from "./tabs";

/** How long typing rests before the tabs are kept. */
const pause = 400;

/** useTabs are the tabs of whoever uses this browser; what he types is kept, and is there again when he comes back. */
export function useTabs(): [Tabs, (change: TabChange) => void] {
  const key = `penstock.hunting.${useIdentity()?.name ?? ""}`;
  const [tabs, setTabs] = useState<Tabs>(() => tabsOf(localStorage.getItem(key) ?? undefined, crypto.randomUUID()));
  useEffect(() => {
    const keep = () => localStorage.setItem(key, JSON.stringify(tabs));
    const timer = setTimeout(keep, pause);
    window.addEventListener("pagehide", keep);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("pagehide", keep);
      keep();
    };
  }, [key, tabs]);
  return [tabs, useCallback((change: TabChange) => setTabs((t) => changed(t, change)), [])];
}
