// Who uses the page, and what he may.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { Identity, SessionState } from "../api/client";

export type Permission = NonNullable<Identity["permissions"]>[number];

export const sessionKey = ["session"];

export function useSession() {
  return useQuery({
    queryKey: sessionKey,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/session", { signal })),
    staleTime: Infinity,
  });
}

/** signedOut tells whether somebody has to sign in before anything can be shown. */
export function signedOut(s: SessionState): boolean {
  return s.required && s.identity === undefined;
}

/** useIdentity is who uses the page; undefined until it is known. */
export function useIdentity(): Identity | undefined {
  return useSession().data?.identity;
}

/** useMay tells whether whoever uses the page may do something. The server decides; this spares him the attempt. */
export function useMay(permission: Permission): boolean {
  return useIdentity()?.permissions.includes(permission) ?? false;
}

/** useEntered gives what is to be done once somebody has signed in or out: everything is asked for anew. */
export function useEntered(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await client.resetQueries({ queryKey: sessionKey });
    await client.resetQueries({ predicate: (q) => q.queryKey[0] !== sessionKey[0] });
  };
}
