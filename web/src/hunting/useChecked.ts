import { useDebouncedValue } from "@mantine/hooks";
import { useCallback, useMemo, useState } from "react";
import { momentsOf } from "../time/range";
import type { Finding } from "./editor/KqlEditor";
import type { Piece } from "./language/pieces";
import { useHuntCheck } from "./queries";
import type { Order } from "./run/run";
import type { Tab } from "./tabs/tabs";
import type { Checked } from "./wire";

export interface CheckedQuery {
  checked: Checked | undefined;
  /** Whether it is about the query as it stands. */
  current: boolean;
  error: Error | null;
  finding: Finding | undefined;
  /** orderOf is what is asked of the server for a query of a tab. */
  orderOf: (tab: Tab, query: string) => Order;
}

/** How long typing rests before the query is checked. */
const pause = 250;

/** useChecked is what is known of the query at the cursor. */
export function useChecked(tab: Tab, piece: Piece | undefined): CheckedQuery {
  // A check needs no newer clock than that of the page; a run has its own.
  const [clock] = useState(() => new Date());
  const order = useMemo(() => orderAt(tab, piece?.text ?? "", clock), [tab, piece?.text, clock]);
  const [settled] = useDebouncedValue(order, pause);
  const check = useHuntCheck(settled);
  const about = check.isPlaceholderData ? undefined : check.data;
  const same = settled.query === piece?.text;
  const finding = useMemo(() => (about && same ? { piece, diagnostics: about.diagnostics } : undefined), [about, same, piece]);
  const orderOf = useCallback((of: Tab, query: string) => orderAt(of, query, new Date()), []);
  const empty = (piece?.text ?? "") === "";
  return { checked: empty ? undefined : check.data, current: empty || (same && about !== undefined), error: empty ? null : check.error, finding, orderOf };
}

function orderAt(tab: Tab, query: string, now: Date): Order {
  const moments = momentsOf(tab.range, now);
  return { query, ...(moments ? { from: moments.from.toISOString(), to: moments.to.toISOString() } : {}), ...(tab.parameters.length > 0 ? { parameters: tab.parameters } : {}) };
}
