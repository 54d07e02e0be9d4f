// What the page asks of saved queries.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { SavedQuery } from "../api/client";

export type Search = Omit<SavedQuery, "id" | "owner" | "created" | "changed">;

export function useSaved(enabled: boolean) {
  return useQuery({
    queryKey: ["saved"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/saved-queries", { signal })),
    select: (list) => list.queries,
    enabled,
  });
}

/** useSave saves a search, in place of the one with the id if there is one. */
export function useSave() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, search }: { id?: number; search: Search }) =>
      answer(id === undefined ? api.POST("/api/v1/saved-queries", { body: search }) : api.PUT("/api/v1/saved-queries/{id}", { params: { path: { id } }, body: search })),
    onSettled: () => client.invalidateQueries({ queryKey: ["saved"] }),
  });
}

export function useForget() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answer(api.DELETE("/api/v1/saved-queries/{id}", { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["saved"] }),
  });
}
