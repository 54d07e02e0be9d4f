// The pages of a search: the list knows how many rows there are so far and asks for the pages in sight; the others need
// not be in memory.

interface Page {
  cursor: string;
  /** Row of the list that is its first. */
  start: number;
  /** Unknown until it was read for the first time. */
  size?: number;
}

/** PageBook remembers where each page of one search begins. */
export class PageBook {
  private pages: Page[] = [{ cursor: "", start: 0 }];
  private listeners = new Set<() => void>();
  private snapshot = 0;

  /** rows that are known of. */
  get rows(): number {
    const last = this.pages.at(-1);
    return last ? last.start + (last.size ?? 0) : 0;
  }

  /** more tells whether there may be rows beyond those. */
  get more(): boolean {
    return this.pages.at(-1)?.size === undefined;
  }

  get version(): number {
    return this.snapshot;
  }

  cursor(page: number): string | undefined {
    return this.pages[page]?.cursor;
  }

  /** learn takes note of what a page turned out to be. */
  learn(page: number, size: number, next: string | undefined): void {
    const p = this.pages[page];
    if (!p || p.size !== undefined) return;
    p.size = size;
    if (next) this.pages.push({ cursor: next, start: p.start + size });
    this.snapshot++;
    for (const listener of this.listeners) listener();
  }

  /** find gives the page that has a row. */
  find(row: number): { page: number; offset: number } | undefined {
    let low = 0;
    let high = this.pages.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.pages[middle]?.start ?? 0) <= row) low = middle;
      else high = middle - 1;
    }
    const p = this.pages[low];
    return p && row >= p.start && row - p.start < (p.size ?? 0) ? { page: low, offset: row - p.start } : undefined;
  }

  /** wanted gives the pages that have the rows from first to last, and the one to be read next where last comes near the end of what is known. */
  wanted(first: number, last: number, ahead: number): number[] {
    const pages: number[] = [];
    for (const [i, p] of this.pages.entries()) {
      if (p.size === undefined ? last + ahead >= p.start : p.start <= last && p.start + p.size > first) pages.push(i);
    }
    return pages;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}
