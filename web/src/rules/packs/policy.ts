import type { PackPolicy } from "../../api/client";

/** policyWords says which rules of a pack are enabled that nobody has decided about. */
export function policyWords(p: PackPolicy): string {
  const parts = [p.minLevel && `level ${p.minLevel} and above`, p.statuses?.length ? `status ${p.statuses.join(" or ")}` : "", p.maxEffort && `effort ${p.maxEffort} and below`].filter(Boolean);
  return parts.length > 0 ? parts.join(", ") : "none";
}
