import { useEffect, useState } from "react";
import type { Event } from "../api/client";
import { Problem } from "../api/problem";
import { tail } from "../api/tail";

/** kept bounds what a tail left open over night holds. */
const kept = 5_000;

export interface Tail {
  events: Event[];
  skipped: number;
  error: Error | undefined;
}

const quiet: Tail = { events: [], skipped: 0, error: undefined };

/** useTail collects events as they arrive, newest first, a few times a second; it reconnects when the server was away. */
export function useTail(query: string, on: boolean): Tail {
  const [state, setState] = useState(quiet);
  useEffect(() => {
    if (!on) return;
    setState(quiet);
    const abort = new AbortController();
    let waiting: Event[] = [];
    let skipped = 0;
    const flush = setInterval(() => {
      if (waiting.length === 0 && skipped === 0) return;
      const arrived = waiting.reverse();
      const missed = skipped;
      waiting = [];
      skipped = 0;
      setState((s) => ({ events: [...arrived, ...s.events].slice(0, kept), skipped: s.skipped + missed, error: undefined }));
    }, 250);
    const listener = {
      event: (e: Event) => {
        waiting.push(e);
        if (waiting.length > kept) waiting.shift();
      },
      skipped: (n: number) => {
        skipped += n;
      },
    };
    void (async () => {
      for (;;) {
        try {
          await tail(query, listener, abort.signal);
        } catch (e) {
          if (abort.signal.aborted) return;
          setState((s) => ({ ...s, error: e instanceof Error ? e : new Error(String(e)) }));
          if (e instanceof Problem && e.status < 500) return;
        }
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        if (abort.signal.aborted) return;
      }
    })();
    return () => {
      abort.abort();
      clearInterval(flush);
    };
  }, [query, on]);
  return on ? state : quiet;
}
