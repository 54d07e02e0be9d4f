import { useIdentity } from "../access/session";
import { actor } from "../api/session";

/** useMe is the name under which one's saved queries are kept. */
export function useMe(): string {
  const identity = useIdentity();
  return identity === undefined || identity.kind === "open" || identity.kind === "token" ? actor() || "api" : identity.name;
}
