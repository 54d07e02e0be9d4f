import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../../access/session";
import type { RuleDetail } from "../../api/client";
import { visible } from "../../events/document";
import { Time } from "../../shared/Time";
import { useEndException } from "./queries";
import { ExceptionForm } from "./ExceptionForm";
import { Panel } from "./Panel";
import css from "./RulePage.module.css";

/** Exceptions are what a rule is not to see: those that hold or held, and the form that makes one. */
export function Exceptions({ rule }: { rule: RuleDetail }) {
  const end = useEndException();
  const write = useMay("rules.write");
  const [making, setMaking] = useState(false);
  return (
    <Panel title="Exceptions" actions={write && !making && rule.kind === "rule" && <Button size="compact-xs" variant="default" onClick={() => setMaking(true)}>New exception</Button>}>
      <Stack gap="md">
        {making && <ExceptionForm rule={rule} onDone={() => setMaking(false)} />}
        {rule.allExceptions.length === 0 && !making && <Text size="sm" c="dimmed">The rule sees everything: it has no exceptions.{rule.kind !== "rule" && " Exceptions are made at the rules that it counts."}</Text>}
        {rule.allExceptions.length > 0 && (
          <div>
            {rule.allExceptions.map((x) => (
              <div key={x.id} className={css.entry} data-exception={x.id}>
                <Group gap="xs" wrap="nowrap" align="flex-start">
                  <Badge color={x.holds ? "green" : "gray"} variant="light" tt="none" miw="max-content">{x.holds ? "holds" : "over"}</Badge>
                  <Text size="sm" flex={1} style={{ overflowWrap: "anywhere" }}>{visible(x.reason)}</Text>
                  {write && x.holds && <Button size="compact-xs" variant="default" loading={end.isPending && end.variables === x.id} onClick={() => end.mutate(x.id)} aria-label={`End the exception ${visible(x.reason)}`}>End it</Button>}
                </Group>
                <Text size="xs" c="dimmed" component="div">
                  {visible(x.who)}, <Time at={x.created} />
                  {x.ended ? <>; taken back <Time at={x.ended} />{x.endedBy && ` by ${visible(x.endedBy)}`}</> : x.expires ? <>; until <Time at={x.expires} /></> : "; it does not expire"}
                </Text>
                <pre className={css.code}>{visible(x.text)}</pre>
              </div>
            ))}
          </div>
        )}
      </Stack>
    </Panel>
  );
}
