// What the page of a rule asks the server about its exceptions.
import { notifications } from "@mantine/notifications";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import type { NewException } from "../../api/client";
import { Problem } from "../../api/problem";
import { failed } from "../../shared/failed";
import { candidatesOf, knownOf } from "./candidates";

export function useEndException() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answer(api.DELETE("/api/v1/exceptions/{id}", { params: { path: { id } } })),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["rules"] }),
  });
}

/** useExceptionCheck tells what is doubtful about an exception, before it is made. */
export function useExceptionCheck(rule: string, exception: NewException | undefined) {
  return useQuery({
    queryKey: ["exceptions", "check", rule, exception],
    queryFn: ({ signal }) => answer(api.POST("/api/v1/rules/{id}/exceptions/check", { params: { path: { id: rule } }, body: exception ?? {}, signal })),
    enabled: exception !== undefined, placeholderData: keepPreviousData, retry: false,
  });
}

/** useAddException makes an exception. Its form shows what is wrong with it. */
export function useAddException(rule: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewException & { reason: string }) => answer(api.POST("/api/v1/rules/{id}/exceptions", { params: { path: { id: rule } }, body })),
    onSuccess: () => notifications.show({ message: "The exception holds from now on." }),
    onSettled: () => client.invalidateQueries({ queryKey: ["rules"] }),
  });
}

/** Events of an alert whose values are offered. */
const looked = 5;

/** useCandidates gathers what the latest events of an alert that a rule matched have; those that are not stored any more are left out. */
export function useCandidates(rule: string, alert: number) {
  return useQuery({
    queryKey: ["exceptions", "candidates", rule, alert],
    queryFn: async ({ signal }) => {
      const { events } = await answer(api.GET("/api/v1/alerts/{id}/events", { params: { path: { id: alert } }, signal }));
      const its = [...new Set(events.filter((e) => e.rule === rule).map((e) => e.id))];
      const known = await Promise.all(its.slice(-looked).map(async (id) => {
        try {
          const [event, explanation] = await Promise.all([
            answer(api.GET("/api/v1/events/{id}", { params: { path: { id } }, signal })),
            answer(api.POST("/api/v1/rules/{id}/explain", { params: { path: { id: rule } }, body: { event: id }, signal })),
          ]);
          return knownOf(event.record, explanation);
        } catch (e) {
          if (e instanceof Problem && e.status === 404) return undefined;
          throw e;
        }
      }));
      const found = known.filter((k) => k !== undefined);
      return { events: found.length, of: its.length, candidates: candidatesOf(found) };
    },
    staleTime: Infinity,
  });
}
