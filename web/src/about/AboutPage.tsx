import { Anchor, ScrollArea, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "../access/session";
import { answer, api } from "../api/client";
import type { LakeStats } from "../api/client";
import { Figure } from "../shared/Figure";
import { PageHeader } from "../shared/PageHeader";
import { Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { bytes, count, short } from "../time/format";
import { Licences } from "./Licences";

/** AboutPage says what runs and what it holds. */
export function AboutPage() {
  const version = useQuery({ queryKey: ["version"], queryFn: ({ signal }) => answer(api.GET("/api/v1/version", { signal })) });
  const statistics = useMay("statistics.read");
  const lake = useQuery({ queryKey: ["lake"], queryFn: ({ signal }) => answer(api.GET("/api/v1/lake", { signal })), refetchInterval: 10_000, enabled: statistics });
  return (
    <>
      <PageHeader title="About" about="What runs here, and what it holds." />
      <Stack gap="lg">
        <section className="panel" aria-label="Program">
          <h2>Program</h2>
          {version.isPending && <Loading what="version" />}
          {version.isError && !version.data && <Failure error={version.error} retry={() => void version.refetch()} />}
          {version.data && (
            <SimpleGrid cols={{ base: 1, sm: 3 }} p="md">
              <Figure name="Penstock" value={version.data.version || "unknown"} {...(version.data.revision ? { note: version.data.revision } : {})} />
              <Figure name="Go" value={version.data.go.replace(/^go/, "")} />
              <div><Text size="xs" c="dimmed">Started</Text><Time at={version.data.started} /></div>
            </SimpleGrid>
          )}
          <Text size="sm" c="dimmed" px="md" pb="md">
            Licensed under Apache-2.0. The API is described by <Anchor href="/api/openapi.json" size="sm" underline="always">OpenAPI</Anchor>; this page uses nothing else.
          </Text>
        </section>
        {statistics && <section className="panel" aria-label="Lake">
          <h2>Lake</h2>
          {lake.isPending && <Loading what="lake" />}
          {lake.isError && !lake.data && <Failure error={lake.error} retry={() => void lake.refetch()} />}
          {lake.data && <Lake stats={lake.data} />}
        </section>}
        <Licences />
      </Stack>
    </>
  );
}

function Lake({ stats }: { stats: LakeStats }) {
  return (
    <>
      <SimpleGrid cols={{ base: 2, sm: 4 }} p="md">
        <Figure name="Events" value={short(stats.events)} note={`${count(stats.headEvents)} of them in memory`} />
        <Figure name="On disk" value={bytes(stats.bytes)} note={stats.events > 0 ? `${Math.round(stats.bytes / stats.events)} bytes an event` : ""} />
        <Figure name="Segments" value={count(stats.segments)} />
        <div><Text size="xs" c="dimmed">Oldest event</Text>{stats.oldest ? <Time at={stats.oldest} /> : "none"}</div>
      </SimpleGrid>
      <ScrollArea type="auto">
        <Table fz="sm" verticalSpacing={5} horizontalSpacing="md" miw={640}>
          <Table.Thead>
            <Table.Tr><Table.Th>Table</Table.Th><Table.Th className="numeric">Events</Table.Th><Table.Th className="numeric">On disk</Table.Th><Table.Th className="numeric">Segments</Table.Th><Table.Th>Oldest</Table.Th><Table.Th>Newest</Table.Th></Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {stats.tables.map((t) => (
              <Table.Tr key={t.table}>
                <Table.Td>{t.table}</Table.Td><Table.Td className="numeric">{count(t.events)}</Table.Td><Table.Td className="numeric">{bytes(t.bytes)}</Table.Td>
                <Table.Td className="numeric">{count(t.segments)}</Table.Td><Table.Td><Time at={t.oldest} /></Table.Td><Table.Td><Time at={t.newest} /></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
    </>
  );
}
