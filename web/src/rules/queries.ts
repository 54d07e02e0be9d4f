// What the rules' views ask the server.
import { notifications } from "@mantine/notifications";
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { RuleEdit } from "../api/client";
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

/** useRulesNamed finds a few rules, for a choice among them. */
export function useRulesNamed(filter: Filter & { id?: string[] }) {
  return useQuery({
    queryKey: ["rules", "named", filter],
    queryFn: async ({ signal }) => (filter.id?.length === 0 ? [] : (await answer(api.GET("/api/v1/rules", { params: { query: { ...filter, limit: filter.id ? 400 : 50 } }, signal }))).rules),
    placeholderData: keepPreviousData, staleTime: 30_000,
  });
}

/** useRuleActivity is how a rule has fired, hour by hour. */
export function useRuleActivity(id: string, from: Date, to: Date) {
  const query = { from: from.toISOString(), to: to.toISOString() };
  return useQuery({
    queryKey: ["rules", "activity", id, query],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/rules/{id}/activity", { params: { path: { id }, query }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** useRuleAlerts are the latest alerts of a rule, closed ones included. */
export function useRuleAlerts(rule: string) {
  return useQuery({
    queryKey: ["alerts", "of rule", rule],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/alerts", { params: { query: { rule, sort: "updated", limit: 10 } }, signal })),
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

/** useRuleEdit decides something about one rule; where somebody else was faster, it says so. */
export function useRuleEdit(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (edit: RuleEdit) => answer(api.PATCH("/api/v1/rules/{id}", { params: { path: { id } }, body: edit })),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["rules"] }),
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

/** useRulesEdit decides the same about all rules that a filter lets through. */
export function useRulesEdit() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ filter, edit }: { filter: Filter & { id?: string[] }; edit: RuleEdit }) => answer(api.PATCH("/api/v1/rules", { params: { query: filter }, body: edit })),
    onSuccess: (r, { edit }) => notifications.show({ message: `${count(r.changed)} ${r.changed === 1 ? "rule was" : "rules were"} ${edit.enabled === undefined ? "changed" : edit.enabled ? "enabled" : "disabled"}.` }),
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

/** layerFile is the coverage as a file for the ATT&CK Navigator. */
export async function layerFile(filter: Filter): Promise<Blob> {
  const layer = await answer(api.GET("/api/v1/coverage/layer", { params: { query: filter } }));
  return new Blob([JSON.stringify(layer)], { type: "application/json" });
}
