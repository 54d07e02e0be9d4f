import { useMemo, useState } from "react";
import type { Alert } from "../../api/client";
import { steadied } from "../steady";

interface Steady {
  alerts: Alert[];
  /** So many more are there, and wait to be shown. */
  held: number;
  release: () => void;
}

/** useSteady gives the alerts in an order that does not change by itself while it is to be kept. Another view begins anew. */
export function useSteady(alerts: Alert[], view: string, keep: boolean): Steady {
  const ids = useMemo(() => alerts.map((a) => a.id), [alerts]);
  const [state, setState] = useState({ ids, view, order: ids, held: 0 });
  let now = state;
  if (state.ids !== ids || state.view !== view || (!keep && state.held > 0)) {
    now = { ids, view, ...(keep && state.view === view ? steadied(state.order, ids) : { order: ids, held: 0 }) };
    setState(now);
  }
  const known = useMemo(() => new Map(alerts.map((a) => [a.id, a])), [alerts]);
  return {
    alerts: useMemo(() => now.order.flatMap((id) => known.get(id) ?? []), [now.order, known]),
    held: now.held,
    release: () => setState({ ids, view, order: ids, held: 0 }),
  };
}
