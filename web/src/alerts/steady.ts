// Keeps a list still while somebody works in it: what is new waits until it is asked for.

/** steadied is the order in which rows are shown when news has come: those that are gone go, those that came behind the last one
 * follow, and those that came in between wait, which held counts. */
export function steadied(shown: readonly number[], news: readonly number[]): { order: number[]; held: number } {
  const known = new Set(shown);
  const there = new Set(news);
  const order = shown.filter((id) => there.has(id));
  const last = news.findLastIndex((id) => known.has(id));
  const behind = news.slice(last + 1).filter((id) => !known.has(id));
  return { order: [...order, ...behind], held: news.length - order.length - behind.length };
}
