import { Alert, Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import type { Job } from "../api/client";
import { visible } from "../events/document";
import { Empty, Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { count, duration } from "../time/format";
import { Difference } from "./Difference";
import { JobActions } from "./JobActions";
import { JobRules } from "./JobRules";
import { JobState } from "./JobState";
import { Matches } from "./Matches";
import { Noise } from "./Noise";
import { Preview } from "./Preview";
import { useJob } from "./queries";
import { about, ended, kindName } from "./words";

/** JobPage shows a job and what it found. The rule whose matches are shown is in its address. */
export function JobPage() {
  const id = Number(useParams().id);
  if (!Number.isSafeInteger(id) || id < 1) return <Empty title="There is no such job"><Anchor component={Link} underline="always" to="/jobs">All jobs</Anchor></Empty>;
  return <Shown key={id} id={id} />;
}

function Shown({ id }: { id: number }) {
  const job = useJob(id);
  useDocumentTitle(`Job ${id} · Penstock`);
  if (job.isPending) return <Loading what="job" />;
  if (!job.data) return <Failure error={job.error} retry={() => void job.refetch()} />;
  return (
    <Stack gap="md">
      <Head job={job.data} />
      <Results job={job.data} />
    </Stack>
  );
}

function Head({ job }: { job: Job }) {
  const navigate = useNavigate();
  const took = job.started && job.finished ? (Date.parse(job.finished) - Date.parse(job.started)) / 1000 : undefined;
  return (
    <Stack gap="xs">
      <Anchor component={Link} underline="always" to="/jobs" size="sm">← All jobs</Anchor>
      <Group gap="sm"><Title order={1}>{kindName[job.work.kind]} {job.id}</Title><JobState job={job} wide /></Group>
      <Text size="sm" c="dimmed" component="div">
        {visible(about(job.work))} · events from <Time at={job.work.from} /> to <Time at={job.work.to} />{job.work.by && ` · by ${visible(job.work.by)}`}
        {took !== undefined && ` · took ${duration(took)}`}
        {ended(job) && ` · ${count(job.events)} events, ${count(job.matches)} ${job.work.kind === "diff" ? "matches gained or lost" : job.matches === 1 ? "match" : "matches"}`}
      </Text>
      {job.work.alerts && <Text size="sm" c="dimmed">Its matches become alerts{job.work.notify ? ", which are notified" : ", which are not notified"}.</Text>}
      <JobActions job={job} onDeleted={() => void navigate("/jobs")} />
      {job.error && <Alert color="red" py={6} title="It did not come to its end">{visible(job.error)}</Alert>}
      {job.unreadable > 0 && <Alert color="yellow" py={6}>{count(job.unreadable)} rows could not be read: damage of the disk has taken them.</Alert>}
    </Stack>
  );
}

function Results({ job }: { job: Job }) {
  const [params, setParams] = useSearchParams();
  const rule = params.get("rule") ?? "";
  if (job.work.kind === "diff") return job.state === "done" ? <Difference job={job} /> : <Later job={job} />;
  return (
    <>
      {job.work.kind === "exception" && job.work.rules?.[0] && job.state === "done" && (
        <section className="panel" aria-label="What the exception would have hidden">
          <h2>What the exception would have hidden of <Anchor component={Link} underline="always" to={`/rules/${encodeURIComponent(job.work.rules[0])}`} fz="inherit">its rule</Anchor></h2>
          <div style={{ padding: 14 }}><Preview job={job} /></div>
        </section>
      )}
      {ended(job) && job.work.kind === "detect" && <JobRules job={job} chosen={rule} onChoose={(r) => setParams(r ? { rule: r } : {})} />}
      {ended(job) && (
        <section className="panel" aria-label="Matches over time">
          <h2>Matches over time{rule && " of the chosen rule"}</h2>
          <div style={{ padding: "10px 8px 4px" }}><Noise job={job} rule={rule} /></div>
        </section>
      )}
      <section className="panel" aria-label="Matches">
        <h2>{job.work.kind === "exception" ? "Events that fulfil the exception" : "Events that match"}{rule && " the chosen rule"}</h2>
        <Matches job={job} rule={rule} />
      </section>
    </>
  );
}

function Later({ job }: { job: Job }) {
  return <section className="panel"><Empty title={ended(job) ? "There is nothing to compare" : "It is still at work"}>{ended(job) ? "The job did not come to its end. Run it again." : "What would change is shown once it has come to its end."}</Empty></section>;
}
