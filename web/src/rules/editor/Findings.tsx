import { Badge, Group, Stack, Text } from "@mantine/core";
import type { CheckedRule } from "../../api/client";
import { visible } from "../../events/document";
import { Level } from "../../shared/Level";
import { Failure, Loading } from "../../shared/states";
import { Items } from "../one/Needs";
import { Panel } from "../one/Panel";
import css from "./EditorPage.module.css";

const appliesWords: Record<string, [string, string]> = { yes: ["green", "applies"], partly: ["yellow", "applies in part"], no: ["red", "cannot match"] };

interface Props {
  checked: CheckedRule | undefined;
  /** Whether it is about the text as it is now. */
  current: boolean;
  error: Error | null;
  onGo: (line: number) => void;
}

/** Findings is what there is to say about the text that is being written. */
export function Findings({ checked, current, error, onGo }: Props) {
  if (!checked) return <Panel title="Check">{error ? <Failure error={error} /> : <Loading what="check" />}</Panel>;
  const errors = checked.problems.filter((p) => !p.warning).length;
  const [colour, words] = appliesWords[checked.applies ?? ""] ?? ["gray", ""];
  return (
    <Panel title="Check">
      <Stack gap="sm" style={current ? undefined : { opacity: 0.6 }} role="status" aria-label="Check" aria-busy={!current}>
        <Group gap="xs">
          <Badge color={checked.valid ? "green" : "red"} variant="light" tt="none">{checked.valid ? "valid" : errors === 1 ? "1 error" : errors > 1 ? `${errors} errors` : "not valid"}</Badge>
          {checked.valid && words && <Badge color={colour} variant="light" tt="none">{words}</Badge>}
          {checked.valid && <Level level={checked.level} />}
          {checked.valid && checked.kind && checked.kind !== "rule" && <Badge color="gray" variant="light" tt="none">{checked.kind}</Badge>}
        </Group>
        {checked.problems.length > 0 && (
          <ul className={css.problems} aria-label="Problems">
            {checked.problems.map((p, i) => (
              <li key={`${p.line} ${p.column} ${i}`}>
                {p.line > 0 && <button type="button" onClick={() => onGo(p.line)}>Line {p.line}</button>}
                <Text span size="sm" c={p.warning ? "dimmed" : "red"}>{p.warning ? "warning: " : ""}{visible(p.message)}</Text>
              </li>
            ))}
          </ul>
        )}
        {checked.valid && checked.streams.length > 0 && <Text size="sm">It is tried on <span className="mono">{checked.streams.join(", ")}</span>.</Text>}
        <Items list={checked.obstacles} />
      </Stack>
    </Panel>
  );
}
