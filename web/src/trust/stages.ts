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
