// What the alerts' views ask the server.
import { notifications } from "@mantine/notifications";
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { AlertEdit } from "../api/client";
import { failed } from "../shared/failed";
import { filterOf } from "./view";
import type { AlertsView } from "./view";

/** How often the views look for news. */
const refresh = 5_000;

export function useAlerts(view: AlertsView) {
  const query = { ...filterOf(view), sort: view.sort, limit: 100 };
  return useInfiniteQuery({
    queryKey: ["alerts", "list", query],
    queryFn: ({ pageParam, signal }) => answer(api.GET("/api/v1/alerts", { params: { query: { ...query, ...(pageParam ? { after: pageParam } : {}) } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    refetchInterval: refresh,
  });
}

export function useAlertCounts() {
  return useQuery({ queryKey: ["alerts", "counts"], queryFn: ({ signal }) => answer(api.GET("/api/v1/alerts/counts", { signal })), refetchInterval: refresh });
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

/** useAlertEdit changes an alert that was seen at a version; where somebody else was faster, it says so and shows the new state. */
export function useAlertEdit(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ version, edit }: { version: number; edit: AlertEdit }) =>
      answer(api.PATCH("/api/v1/alerts/{id}", { params: { path: { id } }, body: { version, ...edit } })),
    onError: failed,
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
        message: `${r.changed} of ${r.results.length} alerts were changed.${refused[0]?.problem ? ` ${refused[0].problem}` : ""}`,
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
