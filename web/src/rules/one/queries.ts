// What the page of a rule asks the server about its exceptions.
import { notifications } from "@mantine/notifications";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import type { NewException } from "../../api/client";
import { failed } from "../../shared/failed";

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
