import type { ReactNode } from "react";
import { NavLink } from "react-router";
import css from "./LinkTabs.module.css";

export interface LinkTab {
  to: string;
  label: ReactNode;
  /** The address alone, not those below it. */
  end?: boolean;
}

/** LinkTabs lead between the parts of a page, each of which has an address of its own. */
export function LinkTabs({ name, tabs }: { name: string; tabs: readonly LinkTab[] }) {
  return (
    <nav aria-label={name} className={css.tabs}>
      {tabs.map((t) => <NavLink key={t.to} to={t.to} end={t.end ?? false} className={css.tab ?? ""}>{t.label}</NavLink>)}
    </nav>
  );
}
