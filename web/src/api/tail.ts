import type { Event } from "./client";
import { problemOf } from "./problem";
import { sessionWanted } from "./session";
import { SseParser } from "./sse";

export interface Listener {
  event(e: Event): void;
  /** skipped tells how many events were left out because this reader is too slow. */
  skipped(count: number): void;
}

/** tail listens for events that match, until the signal ends it or the server does. Throws a Problem when it is refused. */
export async function tail(query: string, listener: Listener, signal: AbortSignal): Promise<void> {
  const response = await fetch(`/api/v1/events/tail?${new URLSearchParams({ q: query })}`, { signal });
  if (response.status === 401) sessionWanted();
  if (!response.ok || !response.body) throw problemOf(await response.json().catch(() => undefined), response);
  const parser = new SseParser();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    for (const message of parser.push(value)) {
      if (message.event === "message") listener.event(JSON.parse(message.data) as Event);
      if (message.event === "beat") listener.skipped((JSON.parse(message.data) as { skipped: number }).skipped);
      if (message.event === "end") return;
    }
  }
}
