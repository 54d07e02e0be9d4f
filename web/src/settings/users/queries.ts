// What the settings of users and keys ask the server.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../../api/client";
import { failed } from "../../shared/failed";

export const roles = ["administrator", "analyst", "viewer"] as const;
export type Role = (typeof roles)[number];

export const roleName: Record<Role, string> = { administrator: "Administrator", analyst: "Analyst", viewer: "Viewer" };
export const roleAbout: Record<Role, string> = {
  administrator: "May do everything, users and intakes included",
  analyst: "Works on alerts, writes rules, runs jobs",
  viewer: "Sees, and changes nothing",
};

export function useUsers() {
  return useQuery({ queryKey: ["users"], queryFn: ({ signal }) => answer(api.GET("/api/v1/users", { signal })) });
}

/** useIntakeNames are the intakes to which somebody can be restricted. */
export function useIntakeNames(): string[] {
  const intakes = useQuery({ queryKey: ["intakes"], queryFn: ({ signal }) => answer(api.GET("/api/v1/intakes", { signal })) });
  return intakes.data?.intakes.map((i) => i.name) ?? [];
}

export interface UserChange {
  displayName?: string;
  role?: Role;
  intakes?: string[];
  disabled?: boolean;
}

export function useUserChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, change }: { id: number; change: UserChange }) => answer(api.PATCH("/api/v1/users/{id}", { params: { path: { id } }, body: change })),
    onSettled: () => client.invalidateQueries({ queryKey: ["users"] }),
  });
}

export function useUserDelete() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answer(api.DELETE("/api/v1/users/{id}", { params: { path: { id } } })),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["users"] }),
  });
}

export function useUserReset() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => answer(api.POST("/api/v1/users/{id}/reset", { params: { path: { id } } })),
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: ["users"] }),
  });
}

export function useUserSessions(id: number) {
  return useQuery({ queryKey: ["users", id, "sessions"], queryFn: ({ signal }) => answer(api.GET("/api/v1/users/{id}/sessions", { params: { path: { id } }, signal })) });
}
