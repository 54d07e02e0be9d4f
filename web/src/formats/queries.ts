// What the pages of formats ask the server.
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";

// What a format says changes with a restart alone; its rules change while the page is open.
const fresh = 60_000;

export function useFormat(id: string) {
  return useQuery({ queryKey: ["formats", id], queryFn: ({ signal }) => answer(api.GET("/api/v1/formats/{id}", { params: { path: { id } }, signal })), staleTime: fresh });
}

export function useFormatTable(id: string, table: string) {
  return useQuery({
    queryKey: ["formats", id, "tables", table],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/formats/{id}/tables/{table}", { params: { path: { id, table } }, signal })),
    staleTime: fresh,
  });
}
