// The state of the list of alerts, and the address that reproduces it.
import { one, picked } from "../shared/address";
import { bands, statuses } from "./words";
import type { Band, Status } from "./words";

export const sorts = ["urgency", "updated", "created", "occurrences"] as const;
export type Sort = (typeof sorts)[number];

export interface AlertsView {
  status: Status[];
  urgency: Band[];
  assignee: string;
  text: string;
  rule: string;
  host: string;
  user: string;
  technique: string;
  sort: Sort;
}

/** Where the address names no status, everything that is not closed is shown. */
export function readAlertsView(params: URLSearchParams): AlertsView {
  return {
    status: picked(params, "status", statuses),
    urgency: picked(params, "urgency", bands),
    assignee: params.get("assignee") ?? "",
    text: params.get("text") ?? "",
    rule: params.get("rule") ?? "",
    host: params.get("host") ?? "",
    user: params.get("user") ?? "",
    technique: params.get("technique") ?? "",
    sort: one(params, "sort", sorts, "urgency"),
  };
}

export function writeAlertsView(v: AlertsView): URLSearchParams {
  const params = new URLSearchParams();
  for (const s of v.status) params.append("status", s);
  for (const b of v.urgency) params.append("urgency", b);
  for (const name of ["assignee", "text", "rule", "host", "user", "technique"] as const) if (v[name]) params.set(name, v[name]);
  if (v.sort !== "urgency") params.set("sort", v.sort);
  return params;
}

/** isFiltered tells whether the view leaves out alerts that are not closed. */
export function isFiltered(v: AlertsView): boolean {
  return v.status.length > 0 || v.urgency.length > 0 || [v.assignee, v.text, v.rule, v.host, v.user, v.technique].some((s) => s !== "");
}

/** filterOf is what the server is asked for. */
export function filterOf(v: AlertsView) {
  return {
    ...(v.status.length > 0 ? { status: v.status } : { open: true }),
    ...(v.urgency.length > 0 ? { urgency: v.urgency } : {}),
    ...Object.fromEntries((["assignee", "text", "rule", "host", "user", "technique"] as const).filter((n) => v[n]).map((n) => [n, v[n]])),
  };
}
