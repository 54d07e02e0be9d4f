import { ActionIcon, Button, Group, Table, Text, Tooltip } from "@mantine/core";
import { IconHelpCircle } from "@tabler/icons-react";
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import type { AlertEvent, Event } from "../../api/client";
import { visible } from "../../events/document";
import type { OnFilter } from "../../events/FilterButtons";
import { Sentence } from "../../events/Sentence";
import { explainPath, schedulePath } from "../../shared/places";
import { Time } from "../../shared/Time";
import { count } from "../../time/format";
import css from "./AlertPage.module.css";
import { between, byTime } from "./lanes";

const Timeline = lazy(async () => ({ default: (await import("./Timeline")).Timeline }));

type Told = ReadonlyMap<string, Event["sentence"]> | undefined;

interface Props {
  events: AlertEvent[];
  /** Of the alert: it may gather more matches than it refers to events. */
  occurrences: number;
  told: Told;
  shown: string | undefined;
  onOpen: (event: string) => void;
  onFilter: OnFilter;
}

/** EventsView is the events of an alert on a time axis, and in a list below it; what one points at the other marks. */
export function EventsView({ events, occurrences, told, shown, onOpen, onFilter }: Props) {
  const ordered = useMemo(() => byTime(events), [events]);
  const [marked, setMarked] = useState<string>();
  const [picked, setPicked] = useState<string>();
  const list = useRef<HTMLDivElement>(null);
  const say = useCallback((e: AlertEvent) => visible(told?.get(e.id)?.text ?? e.summary), [told]);
  const pick = useCallback((id: string) => {
    setPicked(id);
    list.current?.querySelector(`[data-event="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <>
      {ordered.length > 1 && <div className={css.chart}><Suspense fallback={<div style={{ height: 90 }} />}><Timeline events={ordered} told={say} marked={marked ?? shown ?? picked} onPick={pick} /></Suspense></div>}
      {/* The list scrolls by the keyboard too. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div ref={list} className={css.events} tabIndex={0} role="group" aria-label="Events in the order of time">
        <Table verticalSpacing={5} horizontalSpacing="md" fz="sm" stickyHeader layout="fixed">
          <Table.Thead><Table.Tr><Table.Th w={204}>Time</Table.Th><Table.Th w={92}>After</Table.Th><Table.Th>What happened</Table.Th><Table.Th w={116} aria-label="Actions" /></Table.Tr></Table.Thead>
          <Table.Tbody>
            {ordered.map((e, i) => (
              <Row
                key={e.id} event={e} after={between(ordered[i - 1], e)} told={told} marked={e.id === picked || e.id === shown} onMark={setMarked} onFilter={onFilter}
                onOpen={() => {
                  setPicked(e.id);
                  onOpen(e.id);
                }}
              />
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {occurrences > events.length && <Text px="md" py={8} size="xs" c="dimmed">These are {count(events.length)} of {count(occurrences)} matches: the first and the latest, or one of those that are the same.</Text>}
    </>
  );
}

interface RowProps {
  event: AlertEvent;
  after: string;
  told: Told;
  marked: boolean;
  onMark: (event: string | undefined) => void;
  onOpen: () => void;
  onFilter: OnFilter;
}

function Row({ event: e, after, told, marked, onMark, onOpen, onFilter }: RowProps) {
  const sentence = told?.get(e.id);
  return (
    <Table.Tr data-event={e.id} data-marked={marked || undefined} className={css.event ?? ""} onMouseEnter={() => onMark(e.id)} onMouseLeave={() => onMark(undefined)}>
      <Table.Td><Time at={e.time} millis /></Table.Td>
      <Table.Td className={css.after ?? ""}>{after}</Table.Td>
      <Table.Td className={css.value ?? ""}>
        {sentence ? <Sentence parts={sentence.parts} onFilter={onFilter} /> : <bdi>{visible(e.summary).slice(0, 300)}</bdi>}
        <Text size="xs" c="dimmed">{e.row ? "A row of a hunt" : e.table}{told && !sentence && !e.row && " · not stored any more"}</Text>
      </Table.Td>
      <Table.Td>
        <Group gap={4} wrap="nowrap" justify="flex-end">
          {e.rule && !schedulePath(e.rule) && <Tooltip label="Why did the rule match?"><ActionIcon component={Link} to={explainPath(e.rule, e.id)} size="sm" variant="subtle" color="gray" aria-label="Why did the rule match?"><IconHelpCircle size={15} /></ActionIcon></Tooltip>}
          <Button size="compact-xs" variant="light" onClick={onOpen}>Show</Button>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
