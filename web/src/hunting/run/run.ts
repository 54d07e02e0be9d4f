// One run of a query: it grows while the server answers, whatever page is shown meanwhile.
import { actor, sessionWanted } from "../../api/session";
import { Problem, problemOf } from "../../api/problem";
import type { Begin, End, Line, Parameter, Progress } from "../wire";
import { LineReader } from "./lines";

export interface Order {
  query: string;
  from?: string;
  to?: string;
  parameters?: Parameter[];
  /** Of the result at most. */
  rows?: number;
}

export type Phase = "starting" | "waiting" | "running" | "done" | "failed" | "cancelled";

/** What became of the query so far; a new object at each change, but rows is the same list that grows. */
export interface Result {
  phase: Phase;
  rows: unknown[][];
  begin?: Begin;
  progress?: Progress;
  end?: End;
  error?: Error;
  /** How long it has taken, once it is over. */
  seconds?: number;
}

/** How long rows gather before they are shown. */
const pause = 120;

export class Run {
  readonly id = crypto.randomUUID();
  readonly started = Date.now();
  private readonly abort = new AbortController();
  private readonly listeners = new Set<() => void>();
  private result: Result = { phase: "starting", rows: [] };
  private shown = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly order: Order) {
    void this.follow();
  }

  get over(): boolean {
    return this.result.phase === "done" || this.result.phase === "failed" || this.result.phase === "cancelled";
  }

  readonly snapshot = (): Result => this.result;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** cancel ends it here and at the server; the rows that came stay. */
  cancel(): void {
    if (this.over) return;
    this.change({ phase: "cancelled" });
    this.abort.abort();
    // Nobody waits for it: the server ends a hunt as well when its reader is gone.
    fetch(`/api/v1/hunt/${this.id}`, { method: "DELETE", headers: headers({}) }).catch(() => undefined);
  }

  private async follow(): Promise<void> {
    try {
      const response = await fetch("/api/v1/hunt", {
        method: "POST", headers: headers({ "Content-Type": "application/json", Accept: "application/x-ndjson" }), signal: this.abort.signal, body: JSON.stringify({ ...this.order, id: this.id }),
      });
      if (response.status === 401) sessionWanted();
      if (!response.ok || !response.body) throw problemOf(await response.json().catch(() => undefined), response);
      const lines = new LineReader();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await reader.read();
        for (const line of done ? lines.end() : lines.push(value)) this.take(line, response);
        if (done) break;
      }
      if (!this.over) throw new Problem(0, "The answer broke off before its end.", undefined, "Run it again.", undefined);
    } catch (e) {
      if (!this.over) this.change({ phase: "failed", error: e instanceof Error ? e : new Error(String(e)) });
    }
  }

  private take(line: Line, response: Response): void {
    if (this.over) return;
    if (line.progress) this.change({ phase: line.progress.state, progress: line.progress });
    if (line.begin) this.change({ phase: "running", begin: line.begin });
    if (line.rows) {
      for (const row of line.rows) this.result.rows.push(row);
      this.timer ??= setTimeout(() => this.change({}), this.shown === 0 ? 0 : pause);
    }
    if (line.end) this.change({ phase: "done", end: line.end });
    if (line.error !== undefined) {
      const problem = problemOf(line.error, response);
      this.change(problem.status === 499 ? { phase: "cancelled" } : { phase: "failed", error: problem });
    }
  }

  private change(part: Partial<Result>): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.result = { ...this.result, ...part };
    this.shown = this.result.rows.length;
    if (this.over) this.result.seconds ??= (Date.now() - this.started) / 1000;
    for (const listener of this.listeners) listener();
  }
}

/** headers says who asks, where nobody signs in. */
function headers(others: Record<string, string>): Headers {
  const all = new Headers(others);
  if (actor()) all.set("X-Penstock-Actor", actor());
  return all;
}
