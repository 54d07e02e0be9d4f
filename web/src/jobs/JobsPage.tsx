import { Anchor, Button, ScrollArea, Table, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "react-router";
import { useMay } from "../access/session";
import { visible } from "../events/document";
import { PageHeader } from "../shared/PageHeader";
import { Empty, Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { count } from "../time/format";
import { JobActions } from "./JobActions";
import { JobState } from "./JobState";
import { useJobs } from "./queries";
import { about, kindName } from "./words";

/** JobsPage lists what goes back over stored events. */
export function JobsPage() {
  const jobs = useJobs();
  const run = useMay("jobs.run");
  const list = jobs.data?.pages.flatMap((p) => p.jobs) ?? [];
  return (
    <>
      <PageHeader title="Jobs" about="What goes back over stored events: hunts, tests of rules and exceptions, comparisons.">
        {run && <Button component={Link} to="/jobs/new" leftSection={<IconPlus size={15} />}>New hunt</Button>}
      </PageHeader>
      {jobs.isPending && <Loading what="jobs" />}
      {jobs.isError && !jobs.data && <Failure error={jobs.error} retry={() => void jobs.refetch()} />}
      {jobs.data && list.length === 0 && (
        <section className="panel">
          <Empty title="No job yet">
            A {run ? <Anchor component={Link} underline="always" to="/jobs/new">hunt</Anchor> : "hunt"} runs rules over what is stored. Tests start from a rule's page and from its editor; a comparison
            of mappings with <code>penstock replay --diff</code>.
          </Empty>
        </section>
      )}
      {list.length > 0 && (
        <section className="panel" aria-label="Jobs">
          <ScrollArea type="auto" viewportProps={{ tabIndex: 0 }}>
            <Table highlightOnHover verticalSpacing={7} horizontalSpacing="sm" fz="sm" miw={980}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th className="numeric">Job</Table.Th><Table.Th>What</Table.Th><Table.Th>State</Table.Th><Table.Th className="numeric">Matches</Table.Th><Table.Th>Over events of</Table.Th>
                  <Table.Th>Started</Table.Th><Table.Th>By</Table.Th><Table.Th aria-label="Actions" />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {list.map((j) => (
                  <Table.Tr key={j.id} data-job={j.id}>
                    <Table.Td className="numeric">{j.id}</Table.Td>
                    <Table.Td maw={360}>
                      <Anchor component={Link} to={`/jobs/${j.id}`} size="sm">{kindName[j.work.kind]}</Anchor>
                      <Text size="xs" c="dimmed" truncate title={visible(about(j.work))}>{visible(about(j.work))}</Text>
                      {j.error && <Text size="xs" c="red">{visible(j.error)}</Text>}
                    </Table.Td>
                    <Table.Td><JobState job={j} /></Table.Td>
                    <Table.Td className="numeric">{count(j.matches)}</Table.Td>
                    <Table.Td><Time at={j.work.from} /><br /><Time at={j.work.to} /></Table.Td>
                    <Table.Td><Time at={j.started ?? j.created} /></Table.Td>
                    <Table.Td>{visible(j.work.by ?? "")}</Table.Td>
                    <Table.Td><JobActions job={j} compact /></Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </ScrollArea>
        </section>
      )}
      {jobs.hasNextPage && <Button mt="sm" variant="default" loading={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>Show more</Button>}
    </>
  );
}
