// What the page asks of exports.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { Export, ExportOrder } from "../api/client";
import { problemOf } from "../api/problem";
import { actor } from "../api/session";

const runs = (x: Export) => x.state === "queued" || x.state === "running";

export function useExports(enabled: boolean) {
  return useQuery({
    queryKey: ["exports"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/exports", { signal })),
    select: (list) => list.exports,
    enabled,
    refetchInterval: (q) => (q.state.data?.exports.some(runs) ? 1_000 : false),
  });
}

function useChange<T, R>(change: (value: T) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => client.invalidateQueries({ queryKey: ["exports"] }) });
}

export const useStart = () => useChange((order: ExportOrder) => answer(api.POST("/api/v1/exports", { body: order })));
export const useCancel = () => useChange((id: number) => answer(api.POST("/api/v1/exports/{id}/cancel", { params: { path: { id } } })));
export const useDelete = () => useChange((id: number) => answer(api.DELETE("/api/v1/exports/{id}", { params: { path: { id } } })));

/** download takes the file of an export: a plain link could not say who wants it where nobody signs in. The browser keeps what is large on disk. */
export async function download(x: Export): Promise<void> {
  const headers = new Headers();
  if (actor()) headers.set("X-Penstock-Actor", actor());
  const response = await fetch(`/api/v1/exports/${x.id}/file`, { headers });
  if (!response.ok) throw problemOf(await response.json().catch(() => undefined), response);
  const name = /filename="?([^";]+)"?/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? `penstock-${x.id}.${x.order.format}`;
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The download has begun by then, or never will.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
