import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { DriftKind } from "./drift";

interface Filter {
  kind: DriftKind | "any";
  /** Only what was first seen within so many days. */
  fresh: boolean;
  days: number;
  table: string;
  limit: number;
}

export function useDrift(f: Filter) {
  return useQuery({
    queryKey: ["drift", f],
    queryFn: ({ signal }) => {
      const since = new Date(Date.now() - f.days * 86_400_000).toISOString();
      return answer(api.GET("/api/v1/drift", { params: { query: { since, limit: f.limit, new: f.fresh, ...(f.kind === "any" ? {} : { kind: f.kind }), ...(f.table ? { table: f.table } : {}) } }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
}
