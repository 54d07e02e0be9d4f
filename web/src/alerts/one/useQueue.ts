import { useEffect, useMemo, useState } from "react";
import { useLocation } from "react-router";
import { useAlerts } from "../queries";
import { readAlertsView } from "../view";
import { placeIn } from "./queue";
import type { Place } from "./queue";

interface Queue extends Place {
  /** The address of the queue, without its page. */
  address: string;
  loaded: number;
  more: boolean;
}

/** useQueue tells where an alert stands in the queue that it was opened from; one that was opened by its address, in that of all that is open. */
export function useQueue(id: number): Queue {
  const state = useLocation().state as { queue?: unknown } | null;
  const address = typeof state?.queue === "string" ? state.queue : "";
  const view = useMemo(() => readAlertsView(new URLSearchParams(address)), [address]);
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = useAlerts(view);
  const alerts = useMemo(() => data?.pages.flatMap((p) => p.alerts) ?? [], [data]);
  const [place, setPlace] = useState(() => placeIn(alerts, id, undefined));
  const [seen, setSeen] = useState(alerts);
  if (seen !== alerts) {
    setSeen(alerts);
    setPlace(placeIn(alerts, id, place));
  }
  const last = place.position > 0 && place.next === undefined;
  useEffect(() => {
    if (last && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [last, hasNextPage, isFetchingNextPage, fetchNextPage]);
  return { ...place, address, loaded: alerts.length, more: hasNextPage };
}
