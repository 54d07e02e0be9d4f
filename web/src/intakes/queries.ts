// What the pages of intakes ask the server, and tell it.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { failed } from "../shared/failed";
import { momentsOf } from "../time/range";
import type { Range } from "../time/range";
import { queryOf } from "./words";

const refresh = 3_000;

export function useIntakes() {
  return useQuery({ queryKey: ["intakes"], queryFn: ({ signal }) => answer(api.GET("/api/v1/intakes", { signal })), refetchInterval: refresh });
}

export function useIntake(name: string) {
  return useQuery({
    queryKey: ["intakes", name],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/intakes/{name}", { params: { path: { name } }, signal })),
    refetchInterval: refresh,
  });
}

export function useFormats() {
  return useQuery({ queryKey: ["formats"], queryFn: ({ signal }) => answer(api.GET("/api/v1/formats", { signal })), staleTime: Infinity });
}

/** useIntakeEvents counts the events of an intake over time, by table. */
export function useIntakeEvents(name: string, range: Range) {
  return useQuery({
    queryKey: ["intakes", name, "events", range],
    queryFn: ({ signal }) => {
      const m = momentsOf(range, new Date());
      return answer(api.GET("/api/v1/events/histogram", {
        params: { query: { q: queryOf(name), split: "penstock.table", ...(m ? { from: m.from.toISOString(), to: m.to.toISOString() } : {}) } }, signal,
      }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: 10 * refresh,
  });
}

export function useQuarantinedOf(intake: string, limit: number) {
  return useQuery({
    queryKey: ["quarantine", "of", intake, limit],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/quarantine", { params: { query: { intake, limit } }, signal })),
    refetchInterval: 10 * refresh,
  });
}

/** usePausing pauses an intake, or lets it read on. */
export function usePausing(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (paused: boolean) =>
      answer(api.POST(paused ? "/api/v1/intakes/{name}/pause" : "/api/v1/intakes/{name}/resume", { params: { path: { name } } })),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["intakes"] }),
  });
}

/** useRotation gives an intake a new key, which the answer alone has. The key before is taken for some hours. */
export function useRotation(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (overlapHours: number) => answer(api.POST("/api/v1/intakes/{name}/rotate", { params: { path: { name } }, body: { overlapHours } })),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["intakes", name] }),
    gcTime: 0,
  });
}

/** useEndingOldKeys ends the keys of an intake that were replaced. */
export function useEndingOldKeys(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST("/api/v1/intakes/{name}/end-old-keys", { params: { path: { name } } })),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["intakes", name] }),
  });
}

export function useDeletion(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/intakes/{name}", { params: { path: { name } } })),
    onError: failed,
    onSuccess: () => {
      client.removeQueries({ queryKey: ["intakes", name] });
      return client.invalidateQueries({ queryKey: ["intakes"], exact: true });
    },
  });
}
