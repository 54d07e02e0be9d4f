import { Button, Group } from "@mantine/core";
import { useNavigate } from "react-router";
import { useMay } from "../access/session";
import type { Job } from "../api/client";
import { useJobAct } from "./queries";
import { ended } from "./words";

/** JobActions is what can be done with a job, by those who may. */
export function JobActions({ job, onDeleted, compact = false }: { job: Job; onDeleted?: () => void; compact?: boolean }) {
  const act = useJobAct();
  const navigate = useNavigate();
  const run = useMay("jobs.run");
  const size = compact ? "compact-xs" : "xs";
  if (!run) return null;
  if (!ended(job)) return <Button size={size} variant="default" loading={act.isPending} aria-label={`Cancel job ${job.id}`} onClick={() => act.mutate({ id: job.id, act: "cancel" })}>Cancel</Button>;
  return (
    <Group gap={6} wrap="nowrap">
      <Button
        size={size} variant="default" loading={act.isPending} aria-label={`Run job ${job.id} again`}
        onClick={() => act.mutate({ id: job.id, act: "again" }, { onSuccess: (next) => next && void navigate(`/jobs/${next.id}`) })}
      >
        Run again
      </Button>
      <Button size={size} variant="default" disabled={act.isPending} aria-label={`Delete job ${job.id}`} onClick={() => act.mutate({ id: job.id, act: "delete" }, { onSuccess: () => onDeleted?.() })}>Delete</Button>
    </Group>
  );
}
