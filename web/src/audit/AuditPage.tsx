import { Anchor, Badge, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconDownload, IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { answer, api } from "../api/client";
import type { AuditEntry } from "../api/client";
import { visible } from "../events/document";
import { withParam } from "../shared/address";
import { PageHeader } from "../shared/PageHeader";
import { Empty, Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { TimeRangePicker } from "../time/TimeRangePicker";
import { momentsOf } from "../time/range";
import css from "./AuditPage.module.css";

const outcomes = ["done", "refused", "failed"] as const;
type Outcome = (typeof outcomes)[number];
const colour: Record<Outcome, string> = { done: "green", refused: "yellow", failed: "red" };
const usual = { from: "now-7d", to: "now" };

/** AuditPage is who did what, the newest first. What it shows is in its address. */
export function AuditPage() {
  const [params, setParams] = useSearchParams();
  const range = useMemo(() => ({ from: params.get("from") ?? usual.from, to: params.get("to") ?? usual.to }), [params]);
  const [until] = useState(() => new Date());
  const moments = useMemo(() => momentsOf(range, until), [range, until]);
  const outcome = outcomes.find((o) => o === params.get("outcome"));
  const text = params.get("text") ?? "";
  const query = {
    ...(moments ? { from: moments.from.toISOString(), ...(range.to === "now" ? {} : { to: moments.to.toISOString() }) } : {}),
    ...(outcome ? { outcome } : {}), ...(text ? { text } : {}),
  };
  const entries = useInfiniteQuery({
    queryKey: ["audit", query],
    queryFn: ({ pageParam, signal }) => answer(api.GET("/api/v1/audit", { params: { query: { ...query, limit: 200, ...(pageParam ? { before: pageParam } : {}) } }, signal })),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
  const list = useMemo(() => entries.data?.pages.flatMap((p) => p.entries) ?? [], [entries.data]);
  const set = (name: string, value: string) => setParams((old) => withParam(old, name, [value]), { replace: true });
  return (
    <>
      <PageHeader title="Audit log" about="Who did what to what, and from where. Nothing in it can be changed.">
        <TimeRangePicker range={range} onChange={(r) => setParams((old) => withParam(withParam(old, "from", [r.from]), "to", [r.to]))} />
      </PageHeader>
      <Stack gap="sm">
        <Group gap="sm" align="flex-end">
          <Search text={text} onChange={(v) => set("text", v)} />
          <Select label="Outcome" w={140} placeholder="Any" clearable data={[...outcomes]} value={outcome ?? null} onChange={(v) => set("outcome", v ?? "")} />
          <Button component="a" variant="default" leftSection={<IconDownload size={15} />} href={`/api/v1/audit/export?${new URLSearchParams(query).toString()}`} download="penstock-audit.ndjson">Export</Button>
        </Group>
        {entries.isPending && <Loading what="audit log" />}
        {entries.isError && !entries.data && <Failure error={entries.error} retry={() => void entries.refetch()} />}
        {entries.data && (list.length === 0
          ? <section className="panel"><Empty title="Nothing was done">At least nothing that fits, in this time.</Empty></section>
          : <Entries list={list} more={entries.hasNextPage} onMore={() => void entries.fetchNextPage()} />)}
      </Stack>
    </>
  );
}

function Search({ text, onChange }: { text: string; onChange: (v: string) => void }) {
  const [value, setValue] = useState(text);
  const later = useDebouncedCallback(onChange, 300);
  return (
    <TextInput
      label="Text" w={280} maxLength={256} placeholder="Who, what, to what, address" leftSection={<IconSearch size={14} />} value={value}
      onChange={(e) => {
        setValue(e.currentTarget.value);
        later(e.currentTarget.value.trim());
      }}
    />
  );
}

function Entries({ list, more, onMore }: { list: AuditEntry[]; more: boolean; onMore: () => void }) {
  const parent = useRef<HTMLDivElement>(null);
  // The rows move with the scroller: they must not be remembered.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({ count: list.length, getScrollElement: () => parent.current, estimateSize: () => 37, overscan: 12 });
  const last = rows.getVirtualItems().at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= list.length - 20) onMore();
  }, [more, last, list.length, onMore]);
  return (
    <section className="panel" aria-label="Entries">
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div ref={parent} className={css.scroll} tabIndex={0} role="table" aria-rowcount={list.length} aria-label="Audit log">
        <div className={css.head} role="row">{["Time", "Who", "What", "To what", "Outcome", "From"].map((h) => <span key={h} role="columnheader">{h}</span>)}</div>
        <div role="rowgroup" style={{ height: rows.getTotalSize(), position: "relative" }}>
          {rows.getVirtualItems().map((v) => {
            const e = list[v.index];
            return e && <Row key={e.id} entry={e} top={v.start} />;
          })}
        </div>
      </div>
    </section>
  );
}

function Row({ entry: e, top }: { entry: AuditEntry; top: number }) {
  return (
    <div className={css.row} role="row" style={{ transform: `translateY(${top}px)` }}>
      <span role="cell"><Time at={e.time} /></span>
      <span role="cell" className={css.cut}>{visible(e.actor || e.kind)}</span>
      <span role="cell" className={css.cut}>{e.operation}{e.detail && <Text span size="xs" c="dimmed" ml={6}>{visible(e.detail)}</Text>}</span>
      <span role="cell" className={css.cut} title={e.target}>{visible(e.target ?? "")}</span>
      <span role="cell"><Badge variant="light" color={colour[e.outcome]} tt="none">{e.outcome}{e.status ? ` ${e.status}` : ""}</Badge></span>
      <span role="cell" className={css.cut}><span className="mono">{e.address}</span>{e.request && <Anchor component="span" size="xs" c="dimmed" ml={6} title={`request ${e.request}`}>#{e.request.slice(0, 6)}</Anchor>}</span>
    </div>
  );
}
