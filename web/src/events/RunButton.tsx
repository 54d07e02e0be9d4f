import { ActionIcon, Tooltip } from "@mantine/core";
import { useIsFetching, useQueryClient } from "@tanstack/react-query";
import { IconPlayerStopFilled, IconRefresh } from "@tabler/icons-react";
import { useCallback, useEffect } from "react";
import { searchKeys } from "./queries";

const ofSearch = (q: { queryKey: readonly unknown[] }) => searchKeys.includes(String(q.queryKey[0]));

/** RunButton runs the search again; while it runs, it ends it, as Esc does: the server stops as well. */
export function RunButton({ onRun }: { onRun: () => void }) {
  const client = useQueryClient();
  const running = useIsFetching({ predicate: ofSearch }) > 0;
  const cancel = useCallback(() => void client.cancelQueries({ predicate: ofSearch }), [client]);
  useEffect(() => {
    if (!running) return;
    const press = (e: KeyboardEvent) => {
      // What is open above the page is closed by the key first.
      if (e.key !== "Escape" || document.querySelector('.cm-tooltip-autocomplete, [role="menu"], [aria-modal="true"]:not([data-event-detail])')) return;
      e.preventDefault();
      e.stopPropagation();
      cancel();
    };
    window.addEventListener("keydown", press, true);
    return () => window.removeEventListener("keydown", press, true);
  }, [running, cancel]);
  return running ? (
    <Tooltip label="End the search (Esc)"><ActionIcon size={38} variant="light" color="red" aria-label="End the search" onClick={cancel}><IconPlayerStopFilled size={15} /></ActionIcon></Tooltip>
  ) : (
    <Tooltip label="Search again (r)"><ActionIcon size={38} variant="default" aria-label="Search again" onClick={onRun}><IconRefresh size={16} /></ActionIcon></Tooltip>
  );
}
