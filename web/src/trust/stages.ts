// How long events take from one clock to the next, as the chart and the table of it want it.
import type { ClockPercentiles } from "../api/client";

interface TableClocks {
  table: string;
  cells: (ClockPercentiles | undefined)[];
}

/** stagesOf arranges percentiles as a table: stages across in the order in which they come, tables down. */
export function stagesOf(clocks: ClockPercentiles[]): { stages: string[]; tables: TableClocks[] } {
  const stages = [...new Set(clocks.map((c) => c.stage))];
  const names = [...new Set(clocks.map((c) => c.table))].sort();
  const tables = names.map((table) => ({ table, cells: stages.map((stage) => clocks.find((c) => c.table === table && c.stage === stage)) }));
  return { stages, tables };
}

const names: Record<string, { name: string; about: string }> = {
  event_searchable: { name: "Whole way", about: "From the moment it happened until a search finds it." },
  event_received: { name: "To Microsoft", about: "From the moment it happened until Microsoft's service had it: devices that were off or offline report late." },
  received_published: { name: "Within Microsoft", about: "Until Microsoft's service streamed it." },
  published_enqueued: { name: "To the hub", about: "From being streamed until the Event Hub had it. After a pause or for a backlog this is long." },
  enqueued_read: { name: "To Penstock", about: "From being in the hub until Penstock had read it." },
  read_searchable: { name: "Within Penstock", about: "From being read until a search finds it." },
  enqueued_searchable: { name: "From hub to search", about: "From being in the hub until a search finds it: all that Penstock answers for." },
};

/** nameOf names a stage; one that the page does not know goes by the server's name. */
export function nameOf(stage: string): { name: string; about: string } {
  return names[stage] ?? { name: stage.replaceAll("_", " → "), about: "" };
}

/** Marks of the axis, in seconds. Durations differ by so much that only their logarithms can be shown side by side. */
const marks = [0.001, 0.01, 0.1, 1, 10, 60, 600, 3_600, 6 * 3_600, 86_400, 7 * 86_400, 30 * 86_400];

/** axisFor are the marks of an axis that holds all durations: at least to a second. */
export function axisFor(seconds: readonly number[]): number[] {
  const most = Math.max(1, ...seconds);
  const end = marks.findIndex((m) => m >= most);
  return end < 0 ? [...marks, most] : marks.slice(0, end + 1);
}

/** placeOf is where on an axis a duration lies, from 0 to 1. What is below its first mark lies there. */
export function placeOf(seconds: number, axis: readonly number[]): number {
  const first = axis[0] ?? 0.001;
  const last = axis.at(-1) ?? 1;
  return Math.min(1, Math.max(0, Math.log(Math.max(seconds, first) / first) / Math.log(last / first)));
}
