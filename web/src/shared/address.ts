// Filters in the address of a page.

/** picked are the values of a parameter that are among those that there are. */
export function picked<T extends string>(params: URLSearchParams, name: string, known: readonly T[]): T[] {
  const values = params.getAll(name);
  return known.filter((k) => values.includes(k));
}

/** one is the value of a parameter where it is known, otherwise the usual one. */
export function one<T extends string>(params: URLSearchParams, name: string, known: readonly T[], usual: T): T {
  const value = params.get(name);
  return known.find((k) => k === value) ?? usual;
}

/** withParam gives the parameters with other values for one of them; none removes it. */
export function withParam(params: URLSearchParams, name: string, values: readonly string[]): URLSearchParams {
  const next = new URLSearchParams(params);
  next.delete(name);
  for (const v of values) if (v !== "") next.append(name, v);
  return next;
}

/** toggled adds a value to a list, or takes it away. */
export function toggled<T>(list: readonly T[], value: T): T[] {
  return list.includes(value) ? list.filter((v) => v !== value) : [...list, value];
}
