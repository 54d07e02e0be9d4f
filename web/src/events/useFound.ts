import { useQueries } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { answer, api } from "../api/client";
import type { Event } from "../api/client";
import { PageBook } from "./pages";
import { selected } from "./queries";
import type { Selection } from "./queries";

const pageSize = 200;
/** How near to the end of what is known the next page is read. */
const ahead = 60;
/** How long a page that is out of sight stays in memory. */
const kept = 30_000;

export interface Found {
  /** Rows that are known of. */
  rows: number;
  more: boolean;
  /** at gives the event of a row; undefined while it is being read again. */
  at: (row: number) => Event | undefined;
  /** inSight says which rows are looked at. */
  inSight: (first: number, last: number) => void;
  loading: boolean;
  /** Nothing came, and nothing is on its way: the search was given up. */
  idle: boolean;
  error: Error | null;
  warnings: string[];
}

/** useFound finds events, newest first, and holds only the pages around those in sight. */
export function useFound(selection: Selection): Found {
  const { q, from, to } = selected(selection);
  const { run } = selection;
  // The same search keeps its book, whatever else of the view changes.
  const book = useMemo(() => ({ search: [run, q, from, to], pages: new PageBook() }), [run, q, from, to]).pages;
  useSyncExternalStore(book.subscribe, () => book.version);
  const [sight, setSight] = useState({ book, first: 0, last: 0 });
  const { first, last } = sight.book === book ? sight : { first: 0, last: 0 };
  const wanted = book.wanted(first, last, ahead);
  const queries = useQueries({
    queries: wanted.map((page) => ({
      queryKey: ["events", run, q, from, to, page],
      queryFn: ({ signal }: { signal: AbortSignal }) => {
        const after = book.cursor(page);
        return answer(api.GET("/api/v1/events", { params: { query: { q, from, to, limit: pageSize, ...(after ? { after } : {}) } }, signal }));
      },
      staleTime: Infinity,
      gcTime: kept,
    })),
  });
  useEffect(() => {
    for (const [i, page] of wanted.entries()) {
      const data = queries[i]?.data;
      if (data) book.learn(page, data.events.length, data.next);
    }
  });
  const inSight = useCallback((from: number, to: number) => setSight((s) => (s.book === book && s.first === from && s.last === to ? s : { book, first: from, last: to })), [book]);
  return {
    rows: book.rows,
    more: book.more,
    at: (row) => {
      const place = book.find(row);
      return place && queries[wanted.indexOf(place.page)]?.data?.events[place.offset];
    },
    inSight,
    loading: queries.some((q) => q.isFetching),
    idle: queries.some((q) => q.isPending && q.fetchStatus === "idle"),
    error: queries.find((q) => q.isError)?.error ?? null,
    warnings: queries[0]?.data?.warnings ?? [],
  };
}
