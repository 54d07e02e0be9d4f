// What the events view asks the server.
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { Moments } from "../time/range";

const pageSize = 200;

interface Selection {
  query: string;
  moments: Moments;
}

const selected = ({ query, moments }: Selection) => ({ q: query, from: moments.from.toISOString(), to: moments.to.toISOString() });

export function useEvents(selection: Selection) {
  const query = selected(selection);
  return useInfiniteQuery({
    queryKey: ["events", query],
    queryFn: ({ pageParam, signal }) =>
      answer(api.GET("/api/v1/events", { params: { query: { ...query, limit: pageSize, ...(pageParam ? { after: pageParam } : {}) } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
  });
}

export function useHistogram(selection: Selection, split: string) {
  const query = { ...selected(selection), ...(split ? { split } : {}) };
  return useQuery({
    queryKey: ["histogram", query],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/events/histogram", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useTop(selection: Selection, field: string) {
  const query = { ...selected(selection), field };
  return useQuery({
    queryKey: ["top", query],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/events/top", { params: { query }, signal })),
  });
}

export function useEvent(id: string) {
  return useQuery({
    queryKey: ["event", id],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/events/{id}", { params: { path: { id } }, signal })),
    staleTime: Infinity,
  });
}

export function useFields() {
  return useQuery({
    queryKey: ["fields"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/fields", { signal })),
    select: (list) => list.fields,
    staleTime: 60_000,
  });
}

/** valuesFor finds what a field has, for completion. */
export async function valuesFor(field: string, moments: Moments, signal: AbortSignal): Promise<string[]> {
  const query = { ...selected({ query: "", moments }), field, limit: 50 };
  const top = await answer(api.GET("/api/v1/events/top", { params: { query }, signal }));
  return top.values.map((v) => v.value);
}
