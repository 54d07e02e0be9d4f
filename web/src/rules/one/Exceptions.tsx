import { Anchor, Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { useMay } from "../../access/session";
import type { RuleDetail } from "../../api/client";
import { visible } from "../../events/document";
import { withParam } from "../../shared/address";
import { Time } from "../../shared/Time";
import { rulePath } from "../view";
import { useEndException } from "./queries";
import { ExceptionForm } from "./ExceptionForm";
import { FromAlert } from "./FromAlert";
import { Panel } from "./Panel";
import css from "./RulePage.module.css";

/** Exceptions are what a rule is not to see: those that hold or held, and the form that makes one. */
export function Exceptions({ rule }: { rule: RuleDetail }) {
  const end = useEndException();
  const write = useMay("rules.write");
  const [params, setParams] = useSearchParams();
  const alert = write && rule.kind === "rule" ? Number(params.get("except")) || 0 : 0;
  const [making, setMaking] = useState(false);
  const section = useRef<HTMLDivElement>(null);
  // Whoever comes from an alert comes for this.
  useEffect(() => {
    if (alert > 0) section.current?.scrollIntoView({ block: "start" });
  }, [alert]);
  const done = () => {
    setMaking(false);
    if (alert > 0) setParams((old) => withParam(old, "except", []), { replace: true });
  };
  const open = making || alert > 0;
  return (
    <div ref={section}><Panel title="Exceptions" actions={write && !open && rule.kind === "rule" && <Button size="compact-xs" variant="default" onClick={() => setMaking(true)}>New exception</Button>}>
      <Stack gap="md">
        {alert > 0 ? <FromAlert key={alert} rule={rule} alert={alert} onDone={done} /> : making && <ExceptionForm rule={rule} onDone={done} />}
        {rule.allExceptions.length === 0 && !open && <Text size="sm" c="dimmed">The rule sees everything: it has no exceptions.{rule.kind !== "rule" && " Exceptions are made at the rules that it counts."}</Text>}
        {write && rule.kind === "correlation" && params.has("except") && (
          <Text size="sm">Make one for {rule.refersTo.map((r, i) => <span key={r.id}>{i > 0 && ", "}<Anchor component={Link} underline="always" to={`${rulePath(r.id)}?${params}`} size="sm">{visible(r.title || r.id)}</Anchor></span>)}.</Text>
        )}
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
    </Panel></div>
  );
}
