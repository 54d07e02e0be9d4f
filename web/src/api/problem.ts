// Errors of the API (RFC 9457), as the page shows them.
import type { components } from "./schema";

export type RuleProblem = components["schemas"]["RuleProblem"];

/** Fault is what is wrong with one part of a request. */
export interface Fault {
  /** The part's name, as in the body or among the parameters. */
  at: string;
  message: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly column: number | undefined,
    readonly hint: string | undefined,
    readonly requestId: string | undefined,
    readonly faults: Fault[] = [],
    readonly rule: RuleProblem[] = [],
  ) {
    super(detail);
    this.name = "Problem";
  }

  /** ofQuery says whether the query is to blame, so that it is shown at the query and not in place of the answer. */
  get ofQuery(): boolean {
    return this.status === 400 && this.column !== undefined;
  }
}

/** faultOf is what an error says about one field of a form; undefined where it blames another, or none. */
export function faultOf(error: Error | null, name: string): string | undefined {
  return error instanceof Problem ? error.faults.find((f) => f.at === name)?.message : undefined;
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** faultsOf gathers what of the request is to blame: what a backend named, and what does not fit the description of the API. */
function faultsOf(body: unknown): Fault[] {
  const named = text(member(body, "field"));
  const detail = text(member(body, "detail"));
  const faults = named && detail ? [{ at: named, message: detail }] : [];
  for (const e of list(member(body, "errors"))) {
    const message = text(member(e, "message"));
    const at = text(member(e, "location"))?.replace(/^(?:body|query|path|header)\.?/, "");
    if (message && at) faults.push({ at, message });
  }
  return faults;
}

/** problemOf reads what the server said; whatever is not understood gets a sentence of its own. */
export function problemOf(body: unknown, response: Response): Problem {
  const column = member(body, "column");
  const faults = faultsOf(body);
  const detail = text(member(body, "detail")) ?? `The server answered ${response.status} ${response.statusText}.`.replace(" .", ".");
  return new Problem(
    response.status,
    detail === "validation failed" && faults.length > 0 ? faults.map((f) => `${f.at}: ${f.message}`).join("; ") : detail,
    typeof column === "number" ? column : undefined,
    text(member(body, "hint")),
    response.headers.get("X-Request-Id") ?? undefined,
    faults,
    list(member(body, "problems")) as RuleProblem[],
  );
}
