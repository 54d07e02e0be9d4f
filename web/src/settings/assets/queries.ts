// What the page of assets asks the server.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import type { AssetImportance } from "../../api/client";
import { failed } from "../../shared/failed";

export function useAssets() {
  return useQuery({ queryKey: ["assets"], queryFn: ({ signal }) => answer(api.GET("/api/v1/assets", { signal })) });
}

/** useImportance says how important assets are; the urgencies of their open alerts change with it. */
export function useImportance() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (assets: AssetImportance[]) => answer(api.POST("/api/v1/assets", { body: { assets } })),
    onError: failed,
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ["assets"] }), client.invalidateQueries({ queryKey: ["alerts"] })]),
  });
}
