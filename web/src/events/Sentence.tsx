import { Menu, UnstyledButton } from "@mantine/core";
import { IconArrowRight, IconTimeline, IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import { Link } from "react-router";
import type { Event } from "../api/client";
import { visible } from "./document";
import type { OnFilter } from "./FilterButtons";
import { pivotOf, searchFor, timelineOf } from "./pivot";
import css from "./Sentence.module.css";

type Part = Event["sentence"]["parts"][number];

/** No sentence of a list shows more of a part. */
const partLength = 240;

/** Sentence says what happened; its hosts, users, processes and so on narrow the search to themselves. */
export function Sentence({ parts, onFilter }: { parts: Part[]; onFilter: OnFilter }) {
  return (
    <>
      {parts.map((p, i) => {
        const text = visible(p.text).slice(0, partLength);
        const { field, value } = p;
        if (field === undefined || value === undefined) return <bdi key={i} className={p.kind ? css.entity : css.text}>{text}</bdi>;
        return (
          // Inline, so that a long sentence is cut within it. The list takes the keys, the opened event has the same for them.
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events
          <bdi
            key={i} role="button" tabIndex={-1} className={css.link} data-kind={p.kind} title={`Filter for ${field}: ${visible(value).slice(0, 200)}`}
            onClick={(e) => {
              e.stopPropagation();
              onFilter(field, value, true);
            }}
          >{text}</bdi>
        );
      })}
    </>
  );
}

/** Telling is the sentence at the head of an event: each entity opens what can be asked about it. */
export function Telling({ parts, onFilter, at }: { parts: Part[]; onFilter: OnFilter; at: string }) {
  return (
    <p className={css.telling} data-telling>
      {parts.map((p, i) => (p.field === undefined || p.value === undefined ? <bdi key={i} className={p.kind ? css.entity : undefined}>{visible(p.text)}</bdi> : <Asked key={i} part={p} field={p.field} value={p.value} onFilter={onFilter} at={at} />))}
    </p>
  );
}

function Asked({ part, field, value, onFilter, at }: { part: Part; field: string; value: string; onFilter: OnFilter; at: string }) {
  const pivot = pivotOf(field, value);
  const timeline = timelineOf(field, value, at);
  return (
    <Menu shadow="md" position="bottom-start" width={270}>
      <Menu.Target><UnstyledButton className={css.asked ?? ""} aria-label={`${part.kind ?? field} ${visible(part.text)}`}><bdi>{visible(part.text)}</bdi></UnstyledButton></Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{field}</Menu.Label>
        <Menu.Item leftSection={<IconZoomIn size={14} />} onClick={() => onFilter(field, value, true)}>Filter for this value</Menu.Item>
        <Menu.Item leftSection={<IconZoomOut size={14} />} onClick={() => onFilter(field, value, false)}>Filter out this value</Menu.Item>
        {pivot && <Menu.Item leftSection={<IconArrowRight size={14} />} component={Link} to={searchFor(pivot.query)}>{pivot.label}</Menu.Item>}
        {timeline && <Menu.Item leftSection={<IconTimeline size={14} />} component={Link} to={timeline}>Timeline of this {part.kind ?? "value"}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
