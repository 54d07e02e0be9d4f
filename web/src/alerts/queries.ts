// What the alerts' views ask the server.
import { notifications } from "@mantine/notifications";
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { AlertEdit } from "../api/client";
import { Problem } from "../api/problem";
import { failed } from "../shared/failed";
import { filterOf } from "./view";
import type { AlertsView } from "./view";

/** How often the views look for news. */
const refresh = 5_000;
const pageSize = 100;

/** The most alerts that the server changes at once. */
export const maxChanged = 1000;

export function useAlerts(view: AlertsView) {
  return useInfiniteQuery({
    queryKey: ["alerts", "list", view],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...filterOf(view, new Date()), sort: view.sort, limit: pageSize, ...(pageParam ? { after: pageParam } : {}) };
      return answer(api.GET("/api/v1/alerts", { params: { query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    refetchInterval: refresh,
  });
}

/** useAlertCounts counts what the other filters of a view let through; status and urgency are what it counts by. */
export function useAlertCounts(view: AlertsView) {
  const others = { ...view, status: [], urgency: [], verdict: [] };
  return useQuery({
    queryKey: ["alerts", "counts", others],
    queryFn: ({ signal }) => {
      const query = { ...filterOf(others, new Date()), open: false };
      return answer(api.GET("/api/v1/alerts/counts", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: refresh,
  });
}

/** useOverview is what open alerts have in common, for completion. */
export function useOverview(enabled: boolean) {
  return useQuery({ queryKey: ["alerts", "overview"], queryFn: ({ signal }) => answer(api.GET("/api/v1/alerts/overview", { signal })), enabled, staleTime: 60_000 });
}

/** useStatistics is how the work on the alerts of the last days went. */
export function useStatistics(days: number) {
  return useQuery({
    queryKey: ["alerts", "statistics", days],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/alerts/statistics", { params: { query: { from: new Date(Date.now() - days * 86_400_000).toISOString() } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: 12 * refresh,
  });
}

export function useNoisyRules(enabled = true) {
  return useQuery({ queryKey: ["alerts", "noisy"], queryFn: ({ signal }) => answer(api.GET("/api/v1/alerts/noisy", { signal })), refetchInterval: refresh, enabled });
}

/** useRuleNames names rules by their ids. */
export function useRuleNames(ids: string[]) {
  return useQuery({
    queryKey: ["rules", "names", ids],
    queryFn: async ({ signal }) => {
      const page = await answer(api.GET("/api/v1/rules", { params: { query: { id: ids, limit: 400 } }, signal }));
      return new Map(page.rules.map((r) => [r.id, r]));
    },
    enabled: ids.length > 0,
    staleTime: 60_000,
  });
}

export function useAlert(id: number) {
  return useQuery({
    queryKey: ["alerts", "one", id],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/alerts/{id}", { params: { path: { id } }, signal })),
    refetchInterval: refresh,
  });
}

export function useAlertEvents(id: number) {
  return useQuery({
    queryKey: ["alerts", "events", id],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/alerts/{id}/events", { params: { path: { id } }, signal })),
    refetchInterval: refresh,
  });
}

/** useSentences tells of the events of an alert; they are asked for anew when there are more. */
export function useSentences(id: number, occurrences: number) {
  return useQuery({
    queryKey: ["alerts", "sentences", id, occurrences],
    queryFn: async ({ signal }) => {
      const list = await answer(api.GET("/api/v1/alerts/{id}/sentences", { params: { path: { id } }, signal }));
      return new Map(list.sentences.map((s) => [s.id, s.sentence]));
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

export function useAlertGraph(id: number, occurrences: number) {
  return useQuery({
    queryKey: ["alerts", "graph", id, occurrences],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/alerts/{id}/graph", { params: { path: { id } }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

export function useAlertComments(id: number) {
  return useQuery({
    queryKey: ["alerts", "comments", id],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/alerts/{id}/comments", { params: { path: { id } }, signal })),
    refetchInterval: refresh,
  });
}

export function useAlertHistory(id: number) {
  return useQuery({
    queryKey: ["alerts", "history", id],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/alerts/{id}/history", { params: { path: { id } }, signal })),
    refetchInterval: refresh,
  });
}

export function useSimilarAlerts(id: number) {
  return useQuery({
    queryKey: ["alerts", "similar", id],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/alerts/{id}/similar", { params: { path: { id } }, signal })),
  });
}

export interface Change {
  version: number;
  edit: AlertEdit;
}

/** useAlertEdit changes an alert that was seen at a version. That somebody else was faster is for the page to say. */
export function useAlertEdit(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ version, edit }: Change) => answer(api.PATCH("/api/v1/alerts/{id}", { params: { path: { id } }, body: { version, ...edit } })),
    onError: (e) => {
      if (!(e instanceof Problem && e.status === 409)) failed(e);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["alerts"] }),
  });
}

/** useAlertsEdit changes many alerts as they are. */
export function useAlertsEdit() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ ids, edit }: { ids: number[]; edit: AlertEdit }) => answer(api.PATCH("/api/v1/alerts", { body: { ids, edit } })),
    onSuccess: (r) => {
      const refused = r.results.filter((one) => one.problem);
      notifications.show({
        ...(refused.length > 0 ? { color: "yellow" } : {}),
        message: `${r.changed} of ${r.results.length} ${r.results.length === 1 ? "alert was" : "alerts were"} changed.${refused[0]?.problem ? ` ${refused[0].problem}` : ""}`,
      });
    },
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["alerts"] }),
  });
}

export function useAlertComment(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (text: string) => answer(api.POST("/api/v1/alerts/{id}/comments", { params: { path: { id } }, body: { text } })),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["alerts"] }),
  });
}
