// What the page of notifications asks the server.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import type { Delivery, TargetSettings } from "../../api/client";
import { failed } from "../../shared/failed";

const refresh = 5_000;

export function useTargets() {
  return useQuery({ queryKey: ["notifications", "targets"], queryFn: ({ signal }) => answer(api.GET("/api/v1/notifications/targets", { signal })), refetchInterval: refresh });
}

/** useDeliveries are the latest to a target (0: to all) in a state (none: in any). */
export function useDeliveries(target: number, state: Delivery["state"] | undefined) {
  const query = { limit: 200, ...(target ? { target } : {}), ...(state ? { state } : {}) };
  return useQuery({
    queryKey: ["notifications", "deliveries", query],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/notifications/deliveries", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: refresh,
  });
}

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["notifications"] });
}

/** useSaveTarget keeps a target, a new one where id is 0. What is wrong belongs to the form. */
export function useSaveTarget() {
  const refreshAll = useRefresh();
  return useMutation({
    mutationFn: ({ id, settings }: { id: number; settings: TargetSettings }) =>
      id === 0
        ? answer(api.POST("/api/v1/notifications/targets", { body: settings }))
        : answer(api.PUT("/api/v1/notifications/targets/{id}", { params: { path: { id } }, body: settings })),
    onSuccess: refreshAll,
  });
}

export function useDeleteTarget() {
  const refreshAll = useRefresh();
  return useMutation({ mutationFn: (id: number) => answer(api.DELETE("/api/v1/notifications/targets/{id}", { params: { path: { id } } })), onError: failed, onSettled: refreshAll });
}

export function useTestTarget() {
  return useMutation({ mutationFn: (id: number) => answer(api.POST("/api/v1/notifications/targets/{id}/test", { params: { path: { id } } })), onError: failed });
}

export function useRetryDelivery() {
  const refreshAll = useRefresh();
  return useMutation({ mutationFn: (id: number) => answer(api.POST("/api/v1/notifications/deliveries/{id}/retry", { params: { path: { id } } })), onError: failed, onSettled: refreshAll });
}
