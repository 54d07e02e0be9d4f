// The test of a connection, whose steps come as server-sent events.
import type { IntakeTest, TestEnd, TestStep } from "../../api/client";
import { Problem, problemOf } from "../../api/problem";
import { actor, sessionWanted } from "../../api/session";
import { SseParser } from "../../api/sse";

/** walk tells the steps as they come, each when it begins and when it is over. Throws a Problem when the settings are refused. */
export async function walk(settings: IntakeTest, step: (s: TestStep) => void, signal: AbortSignal): Promise<TestEnd> {
  const name = actor();
  const response = await fetch("/api/v1/intakes/test", {
    method: "POST", headers: { "Content-Type": "application/json", ...(name ? { "X-Penstock-Actor": name } : {}) }, body: JSON.stringify(settings), signal,
  });
  if (response.status === 401) sessionWanted();
  if (!response.ok || !response.body) throw problemOf(await response.json().catch(() => undefined), response);
  const parser = new SseParser();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Problem(0, "The test ended before it was over: the connection to Penstock was lost.", undefined, "Try it again.", undefined);
    for (const message of parser.push(value)) {
      if (message.event === "step") step(JSON.parse(message.data) as TestStep);
      if (message.event === "end") return JSON.parse(message.data) as TestEnd;
    }
  }
}

/** withStep replaces a step by what is said of it now, or adds it. */
export function withStep(steps: readonly TestStep[], step: TestStep): TestStep[] {
  return steps.some((s) => s.name === step.name) ? steps.map((s) => (s.name === step.name ? step : s)) : [...steps, step];
}
