// What the page of packs asks the server.
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import type { PackPolicy } from "../../api/client";
import { failed } from "../../shared/failed";
import type { Upload } from "./archive";

export function usePacks() {
  return useQuery({ queryKey: ["rules", "packs"], queryFn: async ({ signal }) => (await answer(api.GET("/api/v1/packs", { signal }))).packs });
}

interface Installation {
  upload: Upload;
  name: string;
  /** Undefined: that of the pack that it replaces, or none. */
  policy: PackPolicy | undefined;
  dryRun: boolean;
}

/** useInstall installs a pack, or only tells what that would do. */
export function useInstall() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ upload, name, policy, dryRun }: Installation) =>
      answer(api.POST("/api/v1/packs", {
        params: {
          query: {
            file: upload.file, dryRun, ...(name ? { name } : {}), ...(policy?.minLevel ? { minLevel: policy.minLevel } : {}), ...(policy?.statuses?.length ? { status: policy.statuses } : {}),
            ...(policy?.maxEffort ? { maxEffort: policy.maxEffort } : {}),
          },
        },
        // The description of the API calls the bytes a string.
        body: upload.archive as unknown as string, bodySerializer: (b: unknown) => b as BodyInit, headers: { "Content-Type": "application/zip" },
      })),
    onSettled: (_, __, { dryRun }) => (dryRun ? undefined : client.invalidateQueries({ queryKey: ["rules"] })),
  });
}

export function useSetPolicy() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, policy }: { name: string; policy: PackPolicy }) => answer(api.PUT("/api/v1/packs/{name}/policy", { params: { path: { name } }, body: policy })),
    onSuccess: () => notifications.show({ message: "The policy holds from now on." }),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["rules"] }),
  });
}

export function useUninstall() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => answer(api.DELETE("/api/v1/packs/{name}", { params: { path: { name } } })),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["rules"] }),
  });
}
