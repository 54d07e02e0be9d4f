import { Anchor, Spoiler, Text } from "@mantine/core";
import { useState } from "react";
import { visible } from "../../events/document";
import { Failure, Loading } from "../../shared/states";
import { Time } from "../../shared/Time";
import { useRuleHistory } from "../queries";
import { Panel } from "./Panel";
import css from "./RulePage.module.css";

/** History is who changed what of a rule. */
export function History({ id }: { id: string }) {
  const history = useRuleHistory(id);
  return (
    <Panel title="Changes">
      {history.isPending && <Loading what="history" />}
      {history.isError && !history.data && <Failure error={history.error} retry={() => void history.refetch()} />}
      {history.data?.changes.length === 0 && <Text size="sm" c="dimmed">Nothing was changed yet.</Text>}
      <Spoiler maxHeight={420} showLabel="All changes" hideLabel="Fewer">
        {history.data?.changes.map((c) => (
          <div key={c.id} className={css.entry}>
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              <Text span fw={600} size="sm">{visible(c.who || "Penstock")}</Text> {c.what}{(c.old || c.new) && `: ${visible(c.old || "none")} → ${visible(c.new || "none")}`}{c.detail && ` (${visible(c.detail)})`}
            </Text>
            {c.reason && <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>{visible(c.reason)}</Text>}
            <Time at={c.time} />
            {c.text && <Replaced text={c.text} />}
          </div>
        ))}
      </Spoiler>
    </Panel>
  );
}

function Replaced({ text }: { text: string }) {
  const [shown, setShown] = useState(false);
  return (
    <>
      {" "}<Anchor component="button" type="button" underline="always" size="xs" aria-expanded={shown} onClick={() => setShown(!shown)}>{shown ? "Hide" : "Show"} the text before</Anchor>
      {shown && <pre className={css.code}>{visible(text)}</pre>}
    </>
  );
}
