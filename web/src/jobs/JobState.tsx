import { Badge, Group, Progress, Text } from "@mantine/core";
import type { Job } from "../api/client";
import { count } from "../time/format";
import { ended, progress, stateColour } from "./words";

/** JobState shows how far a job is. */
export function JobState({ job, wide = false }: { job: Job; wide?: boolean }) {
  const percent = Math.round(progress(job));
  return (
    <Group gap="xs" wrap="nowrap">
      <Badge color={stateColour[job.state]} variant="light" tt="none" miw="max-content">{job.state}</Badge>
      {!ended(job) && <Progress value={percent} w={wide ? 220 : 90} size="sm" aria-label={`Progress of job ${job.id}`} />}
      {!ended(job) && <Text size="xs" c="dimmed" className="numeric" style={{ whiteSpace: "nowrap" }}>{percent} %{wide && job.total > 0 && `, ${count(job.done)} of ${count(job.total)} rows`}</Text>}
    </Group>
  );
}
