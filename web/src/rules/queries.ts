// What the rules' views ask the server.
import { notifications } from "@mantine/notifications";
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { failed } from "../shared/failed";
import { count } from "../time/format";
import { descends } from "./view";
import type { filterOf, Sort } from "./view";

export type Filter = ReturnType<typeof filterOf>;

export function useRules(filter: Filter, sort: Sort) {
  const query = { ...filter, sort, descending: descends(sort), limit: 100 };
  return useInfiniteQuery({
    queryKey: ["rules", "list", query],
    queryFn: ({ pageParam, signal }) => answer(api.GET("/api/v1/rules", { params: { query: { ...query, ...(pageParam ? { after: pageParam } : {}) } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
}

export function useRule(id: string) {
  return useQuery({ queryKey: ["rules", "one", id], queryFn: ({ signal }) => answer(api.GET("/api/v1/rules/{id}", { params: { path: { id } }, signal })) });
}

export function useRuleHistory(id: string) {
  return useQuery({ queryKey: ["rules", "history", id], queryFn: ({ signal }) => answer(api.GET("/api/v1/rules/{id}/history", { params: { path: { id } }, signal })) });
}

export function useCoverage(filter: Filter) {
  return useQuery({
    queryKey: ["rules", "coverage", filter],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/coverage", { params: { query: filter }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** useRuleSwitch enables or disables one rule; where somebody else was faster, it says so. */
export function useRuleSwitch() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version, enabled }: { id: string; version: number; enabled: boolean }) =>
      answer(api.PATCH("/api/v1/rules/{id}", { params: { path: { id } }, body: { version, enabled } })),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["rules"] }),
  });
}

/** useRulesSwitch enables or disables all rules that a filter lets through. */
export function useRulesSwitch() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ filter, enabled }: { filter: Filter; enabled: boolean }) =>
      answer(api.PATCH("/api/v1/rules", { params: { query: filter }, body: { enabled } })),
    onSuccess: (r, { enabled }) => notifications.show({ message: `${count(r.changed)} rules were ${enabled ? "enabled" : "disabled"}.` }),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["rules"] }),
  });
}

/** useDryRun tells how many rules a switch of all would change. */
export function useDryRun(filter: Filter, enabled: boolean) {
  return useQuery({
    queryKey: ["rules", "dry run", filter, enabled],
    queryFn: ({ signal }) => answer(api.PATCH("/api/v1/rules", { params: { query: { ...filter, dryRun: true } }, body: { enabled }, signal })),
  });
}

export function useEndException(rule: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answer(api.DELETE("/api/v1/exceptions/{id}", { params: { path: { id } } })),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["rules", "one", rule] }),
  });
}

/** layerFile is the coverage as a file for the ATT&CK Navigator. */
export async function layerFile(filter: Filter): Promise<Blob> {
  const layer = await answer(api.GET("/api/v1/coverage/layer", { params: { query: filter } }));
  return new Blob([JSON.stringify(layer)], { type: "application/json" });
}
