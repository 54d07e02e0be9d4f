// What the page of hunting asks the server, but for hunts themselves (run/run.ts).
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { HuntPast, SavedQuery } from "../api/client";
import { failed } from "../shared/failed";
import type { Order } from "./run/run";

const schemaKey = ["hunting", "schema"];

/** useHuntSchema are the tables with their columns, and how much of each there is. */
export function useHuntSchema() {
  return useQuery({
    queryKey: schemaKey,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/hunt/schema", { signal })),
    select: (s) => s.tables,
    staleTime: 60_000,
    gcTime: Infinity,
  });
}

export function useHuntLimits() {
  return useQuery({ queryKey: ["hunting", "limits"], queryFn: ({ signal }) => answer(api.GET("/api/v1/hunt/limits", { signal })), staleTime: 300_000 });
}

/** useHuntCheck is what is wrong with a query, and what it would read; asked once its writer pauses. */
export function useHuntCheck(order: Order) {
  return useQuery({
    queryKey: ["hunting", "check", order],
    queryFn: ({ signal }) => answer(api.POST("/api/v1/hunt/check", { body: order, signal })),
    enabled: order.query.trim() !== "",
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 60_000,
  });
}

export const completions = (query: string, offset: number, signal: AbortSignal) => answer(api.POST("/api/v1/hunt/complete", { body: { query, offset }, signal }));
export const hover = (query: string, offset: number) => answer(api.POST("/api/v1/hunt/hover", { body: { query, offset } }));

const historyKey = ["hunting", "history"];

export function useHuntHistory() {
  return useQuery({ queryKey: historyKey, queryFn: ({ signal }) => answer(api.GET("/api/v1/hunt/history", { params: { query: { limit: 200 } }, signal })), select: (h): HuntPast[] => h.entries });
}

/** useHistoryChanged tells that a hunt was run. */
export function useHistoryChanged(): () => void {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ queryKey: historyKey });
}

/** useForgetHistory takes one hunt out of one's history, or all of them. */
export function useForgetHistory() {
  const changed = useHistoryChanged();
  return useMutation({
    mutationFn: (id: number | undefined) => answer(id === undefined ? api.DELETE("/api/v1/hunt/history") : api.DELETE("/api/v1/hunt/history/{id}", { params: { path: { id } } })),
    onError: failed,
    onSettled: changed,
  });
}

const savedKey = ["saved", "hunts"];

export function useSavedHunts(enabled = true) {
  return useQuery({ queryKey: savedKey, queryFn: ({ signal }) => answer(api.GET("/api/v1/saved-queries", { params: { query: { kind: "hunt" } }, signal })), select: (l): SavedQuery[] => l.queries, enabled });
}
