// What the events view asks the server.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { QueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { Moments } from "../time/range";
import { literal } from "../query/syntax";

export interface Selection {
  query: string;
  moments: Moments;
  /** Counts how often the search was run: the same one, run again, is asked anew. */
  run: number;
}

export const selected = ({ query, moments }: Pick<Selection, "query" | "moments">) => ({ q: query, from: moments.from.toISOString(), to: moments.to.toISOString() });

/** searchKeys are those of everything that a running search waits for. */
export const searchKeys = ["events", "histogram", "top"];

/** How long what is counted waits for the rows, in milliseconds: those of a rare value may take long. */
const headStart = 800;

/** rowsFirst lets the rows of a search be found before what is counted of it begins: they are what is read first, and asking for all at once makes them late. */
async function rowsFirst(client: QueryClient, run: number): Promise<void> {
  const until = Date.now() + headStart;
  do await new Promise((next) => setTimeout(next, 25));
  while (client.isFetching({ queryKey: ["events", run] }) > 0 && Date.now() < until);
}

export function useHistogram(selection: Selection, split: string) {
  const query = { ...selected(selection), ...(split ? { split } : {}) };
  return useQuery({
    queryKey: ["histogram", selection.run, query],
    queryFn: async ({ client, signal }) => {
      await rowsFirst(client, selection.run);
      return answer(api.GET("/api/v1/events/histogram", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });
}

export function useTop(selection: Selection, field: string, limit = 10, enabled = true) {
  const query = { ...selected(selection), field, limit };
  return useQuery({
    queryKey: ["top", selection.run, query],
    queryFn: async ({ client, signal }) => {
      await rowsFirst(client, selection.run);
      return answer(api.GET("/api/v1/events/top", { params: { query }, signal }));
    },
    enabled,
  });
}

export function useEvent(id: string) {
  return useQuery({
    queryKey: ["event", id],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/events/{id}", { params: { path: { id } }, signal })),
    staleTime: Infinity,
  });
}

export function useRelated(id: string) {
  return useQuery({
    queryKey: ["related", id],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/events/{id}/related", { params: { path: { id }, query: { count: true } }, signal })),
    staleTime: 60_000,
  });
}

export function useProcesses(id: string, minutes: number) {
  return useQuery({
    queryKey: ["processes", id, minutes],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/events/{id}/processes", { params: { path: { id }, query: { minutes } }, signal })),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
}

export function useProvenance(id: string) {
  return useQuery({
    queryKey: ["provenance", id],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/events/{id}/provenance", { params: { path: { id } }, signal })),
    staleTime: 60_000,
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

/** completed is how many values are offered; where a field has more, those that begin as typed are asked for. */
const completed = 50;

/** valuesFor finds what a field has that begins with a text, for completion; whole says that there are no others. */
export async function valuesFor(field: string, start: string, moments: Moments, signal: AbortSignal): Promise<{ values: string[]; whole: boolean }> {
  const ask = async (query: string) => {
    const top = await answer(api.GET("/api/v1/events/top", { params: { query: { ...selected({ query, moments }), field, limit: completed } }, signal }));
    return top.values.map((v) => v.value);
  };
  const plain = literal(start) === start;
  const values = await ask(plain && start !== "" ? `${field}: ${start}*` : "");
  return { values, whole: values.length < completed };
}
