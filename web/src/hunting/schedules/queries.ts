// What the pages of schedules ask the server.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { failed } from "../../shared/failed";
import type { Schedule, Standing } from "../wire";

const key = ["hunting", "schedules"];
const refresh = 10_000;

export function useSchedules() {
  return useQuery({ queryKey: key, queryFn: ({ signal }) => answer(api.GET("/api/v1/hunt/schedules", { signal })), select: (l) => l.schedules, refetchInterval: refresh });
}

export function useSchedule(id: number, enabled = true) {
  return useQuery({ queryKey: [...key, id], queryFn: ({ signal }) => answer(api.GET("/api/v1/hunt/schedules/{id}", { params: { path: { id } }, signal })), enabled });
}

export function useScheduleRuns(id: number) {
  return useQuery({ queryKey: [...key, id, "runs"], queryFn: ({ signal }) => answer(api.GET("/api/v1/hunt/schedules/{id}/runs", { params: { path: { id }, query: { limit: 100 } }, signal })), select: (l) => l.runs, refetchInterval: refresh });
}

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: key });
}

/** useSaveSchedule keeps a schedule, a new one without an id. What is wrong belongs to the form. */
export function useSaveSchedule() {
  const refreshAll = useRefresh();
  return useMutation({
    mutationFn: ({ id, standing }: { id: number | undefined; standing: Standing }) =>
      answer(id === undefined ? api.POST("/api/v1/hunt/schedules", { body: standing }) : api.PUT("/api/v1/hunt/schedules/{id}", { params: { path: { id } }, body: standing })),
    onSuccess: refreshAll,
  });
}

/** useEnable switches a schedule on or off. */
export function useEnable() {
  const refreshAll = useRefresh();
  return useMutation({
    mutationFn: ({ schedule, enabled }: { schedule: Schedule; enabled: boolean }) => answer(api.PUT("/api/v1/hunt/schedules/{id}", { params: { path: { id: schedule.id } }, body: { ...changeable(schedule), enabled } })),
    onError: failed,
    onSettled: refreshAll,
  });
}

/** changeable is the part of a schedule that people decide. */
function changeable(s: Schedule): Standing {
  const { name, description, query, parameters, enabled, everySeconds, lookbackSeconds, threshold, severity, tactics, techniques, entities, grouping, suppressSeconds, revision } = s;
  return {
    name, query, enabled, everySeconds, lookbackSeconds, threshold, severity, grouping, ...(description ? { description } : {}), ...(parameters ? { parameters } : {}), ...(tactics ? { tactics } : {}), ...(techniques ? { techniques } : {}),
    ...(entities ? { entities } : {}), ...(suppressSeconds ? { suppressSeconds } : {}), ...(revision ? { revision } : {}),
  };
}

export function useDeleteSchedule() {
  const client = useQueryClient();
  // The list alone: the schedule itself, whose page is still there, would be asked for in vain.
  return useMutation({ mutationFn: (id: number) => answer(api.DELETE("/api/v1/hunt/schedules/{id}", { params: { path: { id } } })), onError: failed, onSettled: () => client.invalidateQueries({ queryKey: key, exact: true }) });
}

export function useRunNow() {
  const refreshAll = useRefresh();
  return useMutation({ mutationFn: (id: number) => answer(api.POST("/api/v1/hunt/schedules/{id}/run", { params: { path: { id } } })), onError: failed, onSettled: refreshAll });
}

export function useTrial() {
  return useMutation({ mutationFn: (standing: Standing) => answer(api.POST("/api/v1/hunt/schedules/test", { body: standing })) });
}
