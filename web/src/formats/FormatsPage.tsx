import { Alert, Anchor, Badge, Code, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import type { BrokenFormat, Format } from "../api/client";
import { visible } from "../events/document";
import { useFormats } from "../intakes/queries";
import { PageHeader } from "../shared/PageHeader";
import { Empty, Failure, Loading } from "../shared/states";
import { count } from "../time/format";
import { arriving, formatPath, holds } from "./words";

/** FormatsPage is the catalogue of what intakes may bring. */
export function FormatsPage() {
  const formats = useFormats();
  const [wanted, setWanted] = useState("");
  const list = formats.data?.formats;
  const found = list?.filter((f) => holds(wanted, f.id, f.name, f.vendor, f.product, f.description, ...f.tables.map((t) => `${t.name} ${t.description}`)));
  return (
    <>
      <PageHeader title="Formats" about="What intakes may bring: tables, fields, samples and rules of each format.">
        <TextInput aria-label="Search formats" placeholder="Name, vendor, table" leftSection={<IconSearch size={14} />} value={wanted} onChange={(e) => setWanted(e.currentTarget.value)} w={260} />
      </PageHeader>
      {formats.isPending && <Loading what="formats" />}
      {formats.isError && !list && <Failure error={formats.error} retry={() => void formats.refetch()} />}
      <Stack gap="md">
        {formats.data?.broken.map((b) => <BrokenFolder key={b.folder} broken={b} />)}
        {found?.map((f) => <FormatCard key={f.id} format={f} />)}
        {found?.length === 0 && <section className="panel"><Empty title="No format is like that">A format is a folder: <code>penstock format new</code> writes one to begin with.</Empty></section>}
      </Stack>
    </>
  );
}

const shownMistakes = 5;

/** BrokenFolder tells of a format that is set aside: where the mistakes are, and what to do. */
function BrokenFolder({ broken }: { broken: BrokenFormat }) {
  const more = broken.mistakes.length - shownMistakes;
  return (
    <Alert color="red" role="alert" title={`The format ${visible(broken.id)} cannot be used`}>
      <Stack gap={6}>
        <Text size="sm">There is a mistake in its folder. Its intakes do not collect until it is mended; everything else works without it.</Text>
        {broken.mistakes.slice(0, shownMistakes).map((m) => (
          <Text size="sm" key={`${m.file}:${m.line}:${m.column}:${m.message}`}><Code>{visible(m.file)}:{m.line}</Code> {visible(m.message)}</Text>
        ))}
        {more > 0 && <Text size="sm">{count(more)} more mistakes are there.</Text>}
        <Text size="sm" c="dimmed">{visible(broken.hint)}</Text>
      </Stack>
    </Alert>
  );
}

function FormatCard({ format }: { format: Format }) {
  return (
    <section className="panel" aria-label={`Format ${format.name}`}>
      <Stack p="md" gap={6}>
        <Group gap="sm">
          <Anchor component={Link} to={formatPath(format.id)} fw={640} size="lg">{visible(format.name)}</Anchor>
          <Text size="sm" c="dimmed">version {visible(format.version)}</Text>
          {!format.builtin && <Badge variant="default" tt="none" fw={500}>of this installation</Badge>}
        </Group>
        <Text size="sm" maw={900}>{visible(format.description)}</Text>
        <Text size="xs" c="dimmed">{count(format.tables.length)} tables · {count(format.samples)} samples · arrives by {visible(arriving(format.sources))}</Text>
      </Stack>
    </section>
  );
}
