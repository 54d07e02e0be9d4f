// What the setup of an intake from Azure asks the server.
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import type { DeploymentLanguage, DeploymentOptions, PlanOrder } from "../../api/client";

/** useGuide is the way to the first events, with the names that follow from the options. */
export function useGuide(o: DeploymentOptions) {
  const query = { project: o.project, ...(o.cloud ? { cloud: o.cloud } : {}), ...(o.tier ? { tier: o.tier } : {}), ...(o.tables ? { tables: o.tables } : {}) };
  return useQuery({
    queryKey: ["azure", "guide", query],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/azure/guide", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function usePlan() {
  return useMutation({ mutationFn: (body: PlanOrder) => answer(api.POST("/api/v1/azure/plan", { body })) });
}

export function useDeployment(language: DeploymentLanguage, options: DeploymentOptions) {
  return useQuery({
    queryKey: ["azure", "template", language, options],
    queryFn: ({ signal }) => answer(api.POST("/api/v1/azure/template", { body: { language, options }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function useNamespaceCheck() {
  return useMutation({ mutationFn: (text: string) => answer(api.POST("/api/v1/azure/namespace", { body: { text } })) });
}
