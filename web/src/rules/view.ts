// The state of the list of rules, and the address that reproduces it.
import { one, picked } from "../shared/address";

export const levels = ["critical", "high", "medium", "low", "informational"] as const;
export const statuses = ["stable", "test", "experimental", "deprecated", "unsupported"] as const;
export const efforts = ["elementary", "intermediate", "advanced", "master"] as const;
export const grades = ["live", "partial", "blind", "dead"] as const;
export const applies = ["yes", "partly", "no"] as const;
export const kinds = ["rule", "correlation", "filter"] as const;
export const yesOrNo = ["true", "false"] as const;
export const sorts = ["title", "level", "fitness", "fired", "last", "changed"] as const;
export type Sort = (typeof sorts)[number];

/** Properties by which rules are filtered, in the order in which they are shown. */
export const facets = [
  { name: "enabled", title: "Enabled" }, { name: "fitness", title: "Fitness" }, { name: "level", title: "Level" }, { name: "fired", title: "Fired" },
  { name: "noisy", title: "Noisy" }, { name: "exceptions", title: "Has exceptions" }, { name: "applies", title: "Applies to the data" }, { name: "status", title: "Status" }, { name: "effort", title: "Effort" },
  { name: "pack", title: "Pack" }, { name: "tactic", title: "Tactic" }, { name: "technique", title: "Technique" }, { name: "category", title: "Category" },
  { name: "product", title: "Product" }, { name: "service", title: "Service" }, { name: "kind", title: "Kind" }, { name: "faulty", title: "With a problem" },
] as const;
export type FacetName = (typeof facets)[number]["name"];

/** Facets of which one value may be chosen: they are true or false. */
export const single: readonly FacetName[] = ["enabled", "fired", "noisy", "exceptions", "faulty"];

/** filterOf is what the server is asked for: what of the address it knows. */
export function filterOf(params: URLSearchParams) {
  const text = params.get("text") ?? "";
  const yes = (name: "enabled" | "fired" | "noisy" | "exceptions" | "faulty") => {
    const value = picked(params, name, yesOrNo)[0];
    return value ? { [name]: value } : {};
  };
  const known = <T extends string>(name: string, values: readonly T[]) => {
    const list = picked(params, name, values);
    return list.length > 0 ? list : undefined;
  };
  const any = (name: string) => {
    const list = params.getAll(name).filter(Boolean);
    return list.length > 0 ? list : undefined;
  };
  return defined({
    text: text || undefined, level: known("level", levels), status: known("status", statuses), effort: known("effort", efforts),
    fitness: known("fitness", grades), applies: known("applies", applies), kind: known("kind", kinds),
    pack: any("pack"), tactic: any("tactic"), technique: any("technique"), category: any("category"), product: any("product"), service: any("service"),
    ...yes("enabled"), ...yes("fired"), ...yes("noisy"), ...yes("exceptions"), ...yes("faulty"),
    firedWithin: daysOf(params) === usualDays ? undefined : daysOf(params), removed: params.get("removed") === "true" ? true : undefined,
  });
}

/** Days that the figures of firing may be about, and those that they are about unless the address says otherwise. */
export const days = [1, 7, 30, 90, 365] as const;
const usualDays = 30;

/** daysOf is how many days back the figures of firing go. */
export function daysOf(params: URLSearchParams): number {
  return days.find((d) => String(d) === params.get("firedWithin")) ?? usualDays;
}

/** A choice is one value of a filter that holds. */
export interface Choice {
  name: string;
  value: string;
  /** What it is called. */
  label: string;
}

/** choicesOf lists what the address filters by, in the order of the facets. */
export function choicesOf(params: URLSearchParams): Choice[] {
  const chosen: Choice[] = facets.flatMap((f) => params.getAll(f.name).filter(Boolean).map((value) => ({ name: f.name, value, label: `${f.title}: ${valueName(f.name, value)}` })));
  if (params.get("removed") === "true") chosen.push({ name: "removed", value: "true", label: "Not in its pack any more" });
  return chosen;
}

/** valueName writes a value of a facet. */
export function valueName(name: string, value: string): string {
  if (!(single as readonly string[]).includes(name)) return value;
  return value === "true" ? "yes" : "no";
}

/** withoutFilters keeps of an address what is no filter. */
export function withoutFilters(params: URLSearchParams): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const name of ["text", "firedWithin", "removed", ...facets.map((f) => f.name)]) next.delete(name);
  return next;
}

/** rulePath is the address of a rule; its id may be anything that its author chose. */
export function rulePath(id: string, below = ""): string {
  return `/rules/${encodeURIComponent(id)}${below}`;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** defined leaves out what is undefined. */
function defined<T extends object>(o: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as Partial<Defined<T>>;
}

export function readSort(params: URLSearchParams): Sort {
  return one(params, "sort", sorts, "title");
}

/** descends tells whether an order begins with the greatest. */
export function descends(sort: Sort): boolean {
  return sort !== "title" && sort !== "fitness";
}
