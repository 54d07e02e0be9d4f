import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { Anchor } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { Link } from "react-router";
import type { Job, JobMatch } from "../api/client";
import { visible } from "../events/document";
import { rulePath } from "../rules/view";
import { Empty, Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { useJobMatches } from "./queries";
import { ended } from "./words";
import css from "./Jobs.module.css";

const rowHeight = 32;
const cardHeight = 66;

/** Matches lists the events that a job has found so far; of those only the ones in sight exist as rows. */
export function Matches({ job, rule = "", compact = false }: { job: Job; rule?: string; compact?: boolean }) {
  const matches = useJobMatches(job, rule);
  const list = matches.data?.pages.flatMap((p) => p.matches) ?? [];
  if (matches.isPending) return <Loading what="matches" />;
  if (!matches.data) return <Failure error={matches.error} retry={() => void matches.refetch()} />;
  if (list.length === 0) return ended(job) && !matches.isPlaceholderData ? <Empty title="No event matches">In this time range nothing is as the rule wants it.</Empty> : <Loading what="matches" />;
  return <List list={list} more={matches.hasNextPage && !matches.isFetchingNextPage} onMore={() => void matches.fetchNextPage()} explain={job.work.kind !== "exception" && !job.work.files?.length} compact={compact} />;
}

function List({ list, more, onMore, explain, compact }: { list: JobMatch[]; more: boolean; onMore: () => void; explain: boolean; compact: boolean }) {
  const scroller = useRef<HTMLDivElement>(null);
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const cards = compact || narrow;
  const height = cards ? cardHeight : rowHeight;
  // The rows move with the scroller: they must not be remembered.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({ count: list.length, getScrollElement: () => scroller.current, estimateSize: () => height, overscan: 10 });
  useEffect(() => rows.measure(), [rows, height]);
  const items = rows.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && lastShown >= list.length - 30) onMore();
  }, [more, lastShown, list.length, onMore]);
  return (
    // A list that scrolls does so by the keyboard too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={scroller} className={css.matches} style={{ height: Math.min(460, list.length * height + 2) }} role="list" aria-label="Events that match" tabIndex={0}>
      <div style={{ height: rows.getTotalSize(), position: "relative" }} role="presentation">
        {items.map((item) => {
          const m = list[item.index];
          if (!m) return null;
          return (
            <div key={item.key} className={css.match} style={{ transform: `translateY(${item.start}px)`, height }} role="listitem" data-match={m.event} data-card={cards || undefined}>
              <Time at={m.time} />
              <Anchor component={Link} to={`/events?${eventParams(m)}`} size="xs" className={css.table ?? ""} title={m.table}>{m.table}</Anchor>
              <span className={css.summary} title={visible(m.summary)}>{visible(m.summary)}</span>
              {explain && <Anchor component={Link} to={`${rulePath(m.rule, "/explain")}?${new URLSearchParams({ event: m.event })}`} size="xs">Why?</Anchor>}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** eventParams opens an event in the view of events, at its own time. */
export function eventParams(m: Pick<JobMatch, "event" | "time">): URLSearchParams {
  const t = Date.parse(m.time);
  return new URLSearchParams({ from: new Date(t - 600_000).toISOString(), to: new Date(t + 600_000).toISOString(), event: m.event });
}
