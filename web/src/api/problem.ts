// Errors of the API (RFC 9457), as the page shows them.

export class Problem extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly column: number | undefined,
    readonly hint: string | undefined,
    readonly requestId: string | undefined,
  ) {
    super(detail);
    this.name = "Problem";
  }

  /** ofQuery says whether the query is to blame, so that it is shown at the query and not in place of the answer. */
  get ofQuery(): boolean {
    return this.status === 400 && this.column !== undefined;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** problemOf reads what the server said; whatever is not understood gets a sentence of its own. */
export function problemOf(body: unknown, response: Response): Problem {
  const detail = member(body, "detail");
  const column = member(body, "column");
  const hint = member(body, "hint");
  return new Problem(
    response.status,
    typeof detail === "string" ? detail : `The server answered ${response.status} ${response.statusText}.`.replace(" .", "."),
    typeof column === "number" ? column : undefined,
    typeof hint === "string" ? hint : undefined,
    response.headers.get("X-Request-Id") ?? undefined,
  );
}
