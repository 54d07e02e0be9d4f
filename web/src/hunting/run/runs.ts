// The latest run of each tab of the editor. They outlive the page, so that whoever looks at an event comes back to them.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { Run } from "./run";
import type { Order, Result } from "./run";

export class Runs {
  private readonly latest = new Map<string, Run>();
  private readonly listeners = new Set<() => void>();

  of(tab: string): Run | undefined {
    return this.latest.get(tab);
  }

  /** start runs a query in place of the one that the tab had. */
  start(tab: string, order: Order): Run {
    this.latest.get(tab)?.cancel();
    const run = new Run(order);
    this.latest.set(tab, run);
    this.tell();
    return run;
  }

  /** forget ends the run of a tab that was closed. */
  forget(tab: string): void {
    this.latest.get(tab)?.cancel();
    if (this.latest.delete(tab)) this.tell();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

/** useRuns are the runs of whoever is signed in: with everything else that was asked for they go when somebody else signs in. */
export function useRuns(): Runs {
  const client = useQueryClient();
  const key = ["hunting", "runs"];
  const kept = client.getQueryData<Runs>(key);
  if (kept) return kept;
  client.setQueryDefaults(key, { gcTime: Infinity, staleTime: Infinity });
  const made = new Runs();
  client.setQueryData(key, made);
  return made;
}

const nothing = () => undefined;
const never = () => nothing;

/** useRun is the run of a tab with what became of it so far. */
export function useRun(runs: Runs, tab: string): { run: Run | undefined; result: Result | undefined } {
  const run = useSyncExternalStore(runs.subscribe, useCallback(() => runs.of(tab), [runs, tab]));
  const result = useSyncExternalStore(run?.subscribe ?? never, run?.snapshot ?? nothing);
  return { run, result };
}
