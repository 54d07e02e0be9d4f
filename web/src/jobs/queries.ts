// What the jobs' views ask the server.
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { Job, Work } from "../api/client";
import { failed } from "../shared/failed";
import { ended } from "./words";

/** How often a job that works is looked at. */
const refresh = 1_000;

export function useJobs() {
  return useInfiniteQuery({
    queryKey: ["jobs", "list"],
    queryFn: ({ pageParam, signal }) => answer(api.GET("/api/v1/jobs", { params: { query: { limit: 100, ...(pageParam ? { before: pageParam } : {}) } }, signal })),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    refetchInterval: (q) => (q.state.data?.pages.some((p) => p.jobs.some((j) => !ended(j))) ? refresh : 10_000),
  });
}

export function useJob(id: number | undefined) {
  return useQuery({
    queryKey: ["jobs", "one", id],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/jobs/{id}", { params: { path: { id: id ?? 0 } }, signal })),
    enabled: id !== undefined,
    refetchInterval: (q) => (q.state.data && ended(q.state.data) ? false : refresh),
  });
}

export function useJobMatches(job: Job, rule = "") {
  return useInfiniteQuery({
    // What was found while it ran is asked for once more when it has ended.
    queryKey: ["jobs", "matches", job.id, rule, ended(job)],
    queryFn: ({ pageParam, signal }) =>
      answer(api.GET("/api/v1/jobs/{id}/matches", { params: { path: { id: job.id }, query: { limit: 200, ...(rule ? { rule } : {}), ...(pageParam ? { after: pageParam } : {}) } }, signal })),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    refetchInterval: ended(job) ? false : 2 * refresh,
  });
}

/** What a job counts is known once it has ended. */
export function useJobRules(job: Job) {
  return useQuery({ queryKey: ["jobs", "rules", job.id], queryFn: ({ signal }) => answer(api.GET("/api/v1/jobs/{id}/rules", { params: { path: { id: job.id } }, signal })), enabled: ended(job) });
}

export function useJobNoise(job: Job, rule = "") {
  return useQuery({
    queryKey: ["jobs", "noise", job.id, rule],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/jobs/{id}/noise", { params: { path: { id: job.id }, query: rule ? { rule } : {} }, signal })),
    enabled: ended(job),
  });
}

export function useJobDifference(job: Job) {
  return useQuery({ queryKey: ["jobs", "difference", job.id], queryFn: ({ signal }) => answer(api.GET("/api/v1/jobs/{id}/difference", { params: { path: { id: job.id } }, signal })), enabled: job.state === "done" });
}

export function useJobPreview(job: Job) {
  return useQuery({ queryKey: ["jobs", "preview", job.id], queryFn: ({ signal }) => answer(api.GET("/api/v1/jobs/{id}/preview", { params: { path: { id: job.id } }, signal })), enabled: job.state === "done" });
}

/** useStartJob starts a job. Whoever starts it shows what is wrong with it. */
export function useStartJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (work: Work) => answer(api.POST("/api/v1/jobs", { body: work })),
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs", "list"] }),
  });
}

/** useJobAct cancels, repeats or deletes a job. */
export function useJobAct() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, act }: { id: number; act: "cancel" | "again" | "delete" }): Promise<Job | undefined> => {
      const params = { path: { id } };
      switch (act) {
        case "cancel": await answer(api.POST("/api/v1/jobs/{id}/cancel", { params })); return undefined;
        case "delete": await answer(api.DELETE("/api/v1/jobs/{id}", { params })); return undefined;
        case "again": return answer(api.POST("/api/v1/jobs/{id}/again", { params }));
      }
    },
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
}
