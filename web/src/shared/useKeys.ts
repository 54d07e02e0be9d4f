import { useEffect, useRef } from "react";

/** useKeys lets single keys do something wherever the focus is, but in what is typed into and in menus. */
export function useKeys(keys: Record<string, () => void>): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey) return;
      const at = e.target instanceof HTMLElement ? e.target : document.body;
      if (at.isContentEditable || at.closest('input, textarea, select, [role="menu"], [role="listbox"], [aria-modal="true"]:not([data-keys])')) return;
      const act = current.current[e.key];
      if (!act) return;
      e.preventDefault();
      act();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}
