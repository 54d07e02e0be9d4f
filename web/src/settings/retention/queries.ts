// What the page of the retention asks the server.
import { notifications } from "@mantine/notifications";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import type { Keeping } from "./keeping";

export function useRetention() {
  return useQuery({ queryKey: ["retention", "setting"], queryFn: ({ signal }) => answer(api.GET("/api/v1/retention", { signal })) });
}

/** useRetentionPreview is what would be deleted now. */
export function useRetentionPreview(keeping: Keeping | undefined) {
  return useQuery({
    queryKey: ["retention", "preview", keeping],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/retention/preview", { params: { query: keeping ?? {} }, signal })),
    enabled: keeping !== undefined, placeholderData: keepPreviousData,
  });
}

/** useKeep sets what is kept; undefined: what is usual again. Its form shows what is wrong with it. */
export function useKeep() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (keeping: Keeping | undefined) => answer(keeping ? api.PUT("/api/v1/retention", { body: keeping }) : api.DELETE("/api/v1/retention")),
    onSuccess: () => notifications.show({ message: "This is kept from now on." }),
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ["retention"] }), client.invalidateQueries({ queryKey: ["lake"] })]),
  });
}
