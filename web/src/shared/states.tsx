// The three states that every view has beside its content.
import { Button, Center, Loader, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconDroplet, IconRefresh } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Problem } from "../api/problem";

export function Loading({ what }: { what: string }) {
  return (
    <Center p="xl" role="status" aria-label={`Loading ${what}`}>
      <Loader size="sm" type="dots" />
    </Center>
  );
}

/** Empty says that there is nothing, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Center p="xl">
      <Stack align="center" gap="xs" maw={520} ta="center">
        <IconDroplet size={30} stroke={1.4} color="var(--ps-muted)" aria-hidden />
        <Title order={2}>{title}</Title>
        <Text c="dimmed" component="div">{children}</Text>
      </Stack>
    </Center>
  );
}

/** Failure says what went wrong in the server's words, with the id under which its log has it. */
export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  const problem = error instanceof Problem ? error : undefined;
  return (
    <Center p="xl" role="alert">
      <Stack align="center" gap="xs" maw={560} ta="center">
        <IconAlertTriangle size={30} stroke={1.4} color="var(--ps-bad)" aria-hidden />
        <Title order={2}>{!problem ? "The server does not answer" : problem.ofQuery ? "The query is not understood" : "This did not work"}</Title>
        <Text>{problem ? problem.message : "Is Penstock running? The page tries again by itself."}</Text>
        {problem?.hint && <Text c="dimmed">{problem.hint}</Text>}
        {problem?.requestId && !problem.ofQuery && <Text c="dimmed" size="xs" className="mono">request {problem.requestId}</Text>}
        {retry && !problem?.ofQuery && <Button variant="light" leftSection={<IconRefresh size={15} />} onClick={retry}>Try again</Button>}
      </Stack>
    </Center>
  );
}
