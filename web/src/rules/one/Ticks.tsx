import { Anchor, Button, Checkbox, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { visible } from "../../events/document";
import { isIn } from "./candidates";
import type { Candidate } from "./candidates";
import type { Where } from "./exception";
import css from "./RulePage.module.css";

export interface Found {
  alert: number;
  /** Events that were looked at, of the alert's. */
  events: number;
  of: number;
  candidates: Candidate[];
}

/** More are shown on request. */
const few = 14;

/** Ticks are values of events that go into the exception. */
export function Ticks({ found, where, onToggle }: { found: Found; where: Where[]; onToggle: (c: Candidate) => void }) {
  const [all, setAll] = useState(false);
  const first = found.candidates.filter((c) => c.ofRule || c.telling);
  const shown = all ? found.candidates : first.slice(0, few);
  return (
    <div role="group" aria-label="Values of the alert's events">
      <Text size="sm" mb={6}>
        Of <Anchor component={Link} underline="always" to={`/alerts/${found.alert}`} size="sm">alert {found.alert}</Anchor>, {found.events === found.of ? (found.events === 1 ? "its event" : `its ${found.events} events`) : `the latest ${found.events} of ${found.of} events`}: tick what makes it harmless.
      </Text>
      <Stack gap={4} className={all ? css.ticks : undefined}>
        {shown.map((c) => (
          <Checkbox
            key={`${c.field} ${c.value}`} size="xs" checked={isIn(where, c)} onChange={() => onToggle(c)}
            label={<><span className="mono">{visible(c.field)}</span> is <bdi className="mono">{visible(c.value).slice(0, 300)}</bdi>{found.events > 1 && <Text span size="xs" c="dimmed"> · {c.events} of {found.events}</Text>}</>}
          />
        ))}
      </Stack>
      {shown.length < found.candidates.length && <Button size="compact-xs" variant="subtle" mt={4} onClick={() => setAll(true)}>All {found.candidates.length} values</Button>}
    </div>
  );
}
