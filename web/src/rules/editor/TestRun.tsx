import { Alert, Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Job } from "../../api/client";
import { visible } from "../../events/document";
import { JobActions } from "../../jobs/JobActions";
import { JobState } from "../../jobs/JobState";
import { lastDays } from "../../jobs/hunt";
import { Matches } from "../../jobs/Matches";
import { Noise } from "../../jobs/Noise";
import { useJob, useStartJob } from "../../jobs/queries";
import { ended } from "../../jobs/words";
import { count } from "../../time/format";
import { Panel } from "../one/Panel";

/** TestRun tries the text of a rule on the events of the last seven days. */
export function TestRun({ text, valid }: { text: string; valid: boolean }) {
  const start = useStartJob();
  const job = useJob(start.data?.id);
  const [tried, setTried] = useState<string>();
  const run = () => {
    setTried(text);
    start.mutate({ kind: "test", files: [{ role: "rule", name: "rule.yml", text }], ...lastDays(7, new Date()) });
  };
  const busy = start.isPending || (job.data !== undefined && !ended(job.data));
  return (
    <Panel
      title="Test on the last 7 days"
      actions={<Button size="compact-sm" variant="light" leftSection={<IconFlask size={14} />} disabled={!valid || busy} loading={start.isPending} onClick={run}>{job.data ? "Test again" : "Test"}</Button>}
    >
      {start.error && <Alert color="red" py={6}>{start.error.message}</Alert>}
      {!job.data && !start.error && <Text size="sm" c="dimmed">{valid ? "What would it have matched, and how often? Nothing is alerted." : "Once the rule is valid, it can be tried on stored events."}</Text>}
      {job.data && <Result job={job.data} stale={tried !== text} />}
    </Panel>
  );
}

function Result({ job, stale }: { job: Job; stale: boolean }) {
  return (
    <Stack gap="sm">
      <Group gap="sm" justify="space-between">
        <JobState job={job} />
        {ended(job) ? <Anchor component={Link} underline="always" to={`/jobs/${job.id}`} size="xs" target="_blank">Job {job.id}</Anchor> : <JobActions job={job} compact />}
      </Group>
      {stale && <Text size="xs" c="dimmed">The text has changed since.</Text>}
      {job.error && <Alert color="red" py={6}>{visible(job.error)}</Alert>}
      {job.state === "done" && (
        <Text size="sm" role="status">
          <b>{count(job.matches)}</b> of {count(job.events)} events match.
        </Text>
      )}
      {job.state === "done" && job.matches > 0 && <Noise job={job} />}
      {(!ended(job) || job.matches > 0) && <div style={{ margin: "0 -14px -12px", borderTop: "1px solid var(--ps-line)" }}><Matches job={job} compact /></div>}
    </Stack>
  );
}
