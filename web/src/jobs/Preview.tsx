import { Alert, Anchor, Group, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import type { Job } from "../api/client";
import { visible } from "../events/document";
import { Figure } from "../shared/Figure";
import { Failure, Loading } from "../shared/states";
import { count } from "../time/format";
import { useJobPreview } from "./queries";

/** Preview tells what an exception would have hidden of the alerts that its rule has raised; loudly where that was a true positive. */
export function Preview({ job }: { job: Job }) {
  const preview = useJobPreview(job);
  if (preview.isPending) return <Loading what="preview" />;
  if (!preview.data) return <Failure error={preview.error} retry={() => void preview.refetch()} />;
  const p = preview.data;
  return (
    <Stack gap="sm">
      <Group gap={36}>
        <Figure name="Events hidden" value={`${count(p.hiddenEvents)} of ${count(p.events)}`} note="of the rule's alerts" />
        <Figure name="Alerts hidden" value={`${count(p.hiddenAlerts)} of ${count(p.alerts)}`} {...(p.smallerAlerts > 0 ? { note: `${count(p.smallerAlerts)} more would be smaller` } : {})} />
        <Figure name="Fulfil it anyway" value={count(job.matches)} note="of all stored events" />
      </Group>
      {p.truePositives.length > 0 ? (
        <Alert color="red" title="It would have hidden what somebody found to be a true positive">
          <ul style={{ margin: 0, paddingLeft: 18 }}>
            {p.truePositives.map((a) => (
              <li key={a.alert}><Anchor component={Link} underline="always" to={`/alerts/${a.alert}`} size="sm">{visible(a.title)}</Anchor>: {count(a.hidden)} of {count(a.events)} events</li>
            ))}
          </ul>
        </Alert>
      ) : <Text size="sm" c="dimmed">{p.hiddenAlerts + p.smallerAlerts > 0 ? `Verdicts of what would be hidden: ${verdictsOf(p.verdicts)}.` : "It would have hidden nothing of what the rule has raised."}</Text>}
      {p.more && <Text size="sm" c="dimmed">The rule has raised more than was looked at.</Text>}
    </Stack>
  );
}

const words: Record<string, string> = { "": "none yet", true_positive: "true positive", benign_positive: "benign positive", false_positive: "false positive" };

function verdictsOf(verdicts: Record<string, number>): string {
  return Object.entries(verdicts).map(([v, n]) => `${count(n)} ${words[v] ?? v}`).join(", ") || "none yet";
}
