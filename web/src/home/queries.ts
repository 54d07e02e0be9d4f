// What the home page asks the server. It looks for news slowly: it may stand open all day.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";

const refresh = 10_000;

/** chartHours is how much of the past the chart of events shows. */
export const chartHours = 1;

export function useIntakes() {
  return useQuery({ queryKey: ["intakes"], queryFn: ({ signal }) => answer(api.GET("/api/v1/intakes", { signal })), refetchInterval: refresh });
}

/** useLake is what is stored. Who sees some intakes alone may not know it. */
export function useLake(may: boolean) {
  return useQuery({ queryKey: ["lake"], queryFn: ({ signal }) => answer(api.GET("/api/v1/lake", { signal })), refetchInterval: refresh, enabled: may });
}

export function useArrivals() {
  return useQuery({
    queryKey: ["home", "arrivals"],
    queryFn: ({ signal }) => {
      const to = new Date();
      const from = new Date(to.getTime() - chartHours * 3_600_000);
      return answer(api.GET("/api/v1/events/histogram", { params: { query: { from: from.toISOString(), to: to.toISOString(), split: "penstock.table" } }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: 3 * refresh,
  });
}

export function useOverview() {
  return useQuery({ queryKey: ["alerts", "overview"], queryFn: ({ signal }) => answer(api.GET("/api/v1/alerts/overview", { signal })), refetchInterval: refresh });
}

export function useCounts() {
  return useQuery({ queryKey: ["alerts", "counts"], queryFn: ({ signal }) => answer(api.GET("/api/v1/alerts/counts", { signal })), refetchInterval: refresh });
}

export function useTargets(may: boolean) {
  return useQuery({ queryKey: ["notifications", "targets"], queryFn: ({ signal }) => answer(api.GET("/api/v1/notifications/targets", { signal })), refetchInterval: 6 * refresh, enabled: may });
}

/** useFailedDeliveries are the notifications that were given up or that still wait, the newest first. */
export function useFailedDeliveries(may: boolean) {
  return useQuery({
    queryKey: ["notifications", "failed"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/notifications/deliveries", { params: { query: { state: "failed", limit: 100 } }, signal })),
    refetchInterval: 6 * refresh,
    enabled: may,
  });
}

export function useIncidents() {
  return useQuery({
    queryKey: ["incidents"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/incidents", { params: { query: { from: new Date(Date.now() - 7 * 86_400_000).toISOString() } }, signal })),
    refetchInterval: refresh,
  });
}
