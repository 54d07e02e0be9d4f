// What the editor of rules asks the server.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import type { RuleDetail } from "../../api/client";
import type { Logsource } from "./sigma";

export function useLogsources() {
  return useQuery({ queryKey: ["logsources"], queryFn: async ({ signal }) => (await answer(api.GET("/api/v1/logsources", { signal }))).logsources, staleTime: Infinity });
}

/** useLogsourceFields are the fields that rules of a logsource may use. */
export function useLogsourceFields(logsource: Logsource) {
  const { category, product, service } = logsource;
  const query = { ...(category ? { category } : {}), ...(product ? { product } : {}), ...(service ? { service } : {}) };
  return useQuery({
    queryKey: ["logsources", "fields", query],
    queryFn: async ({ signal }) => (await answer(api.GET("/api/v1/logsources/fields", { params: { query }, signal }))).fields,
    staleTime: Infinity, placeholderData: keepPreviousData,
  });
}

/** useRuleCheck tells what is wrong with a text, without keeping it. */
export function useRuleCheck(text: string) {
  return useQuery({
    queryKey: ["rules check", text],
    queryFn: ({ signal }) => answer(api.POST("/api/v1/rules/check", { body: { text }, signal })),
    enabled: text.trim() !== "", placeholderData: keepPreviousData, gcTime: 10_000,
  });
}

interface Saving {
  text: string;
  reason: string;
  /** Of the text that was edited; absent for a new rule. */
  of?: Pick<RuleDetail, "id" | "version"> | undefined;
  enable: boolean;
}

/** useSaveRule keeps the text of a rule and, where that is wanted, enables it. */
export function useSaveRule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ text, reason, of, enable }: Saving) => {
      const why = reason.trim() ? { reason: reason.trim() } : {};
      const kept = of
        ? await answer(api.PUT("/api/v1/rules/{id}", { params: { path: { id: of.id } }, body: { text, version: of.version, ...why } }))
        : await answer(api.POST("/api/v1/rules", { body: { text, ...why } }));
      if (!enable || kept.enabled) return kept;
      return answer(api.PATCH("/api/v1/rules/{id}", { params: { path: { id: kept.id } }, body: { version: kept.settingsVersion, enabled: true, ...why } }));
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["rules"] }),
  });
}
