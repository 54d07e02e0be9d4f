import { Anchor, Breadcrumbs, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useParams } from "react-router";
import type { FormatDocument } from "../api/client";
import { visible } from "../events/document";
import { LinkTabs } from "../shared/LinkTabs";
import { Empty, Failure, Loading } from "../shared/states";
import { count } from "../time/format";
import { Attack } from "./Attack";
import { Fields } from "./Fields";
import { useFormat } from "./queries";
import { Rules } from "./Rules";
import { Samples } from "./Samples";
import { Sentences } from "./Sentences";
import { Tables } from "./Tables";
import { arriving, formatPath } from "./words";

/** FormatPage is the documentation of a format, as it is in this installation. */
export function FormatPage() {
  const { id = "", part = "" } = useParams();
  const format = useFormat(id);
  useDocumentTitle(`${format.data?.name ?? "Format"} · Penstock`);
  if (!format.data) return format.isPending ? <Loading what="format" /> : <Failure error={format.error} retry={() => void format.refetch()} />;
  return <Shown format={format.data} part={part} />;
}

function Shown({ format, part }: { format: FormatDocument; part: string }) {
  const [wanted, setWanted] = useState("");
  const to = (p?: string) => formatPath(format.id, p);
  return (
    <Stack gap="md">
      <div>
        <Breadcrumbs mb={4}><Anchor component={Link} to="/formats" size="sm">Formats</Anchor><Text size="sm" c="dimmed">{visible(format.name)}</Text></Breadcrumbs>
        <Title order={1}>{visible(format.name)}</Title>
        <Text size="sm" maw={900}>{visible(format.description)}</Text>
        <Text size="xs" c="dimmed" mt={4} maw={900}>Version {visible(format.version)}. {visible(format.records)} Arrives by {visible(arriving(format.sources))}.{format.dataSources.length > 0 && ` Data sources of ATT&CK: ${visible(format.dataSources.join(", "))}.`}</Text>
      </div>
      <Group justify="space-between" align="flex-end">
        <LinkTabs name="Parts of the format" tabs={[
          { to: to(), label: `Tables (${count(format.tables.length)})`, end: true }, { to: to("fields"), label: "Fields" }, { to: to("samples"), label: "Samples" },
          { to: to("sentences"), label: "Smart descriptions" }, { to: to("rules"), label: `Rules (${count(format.rules.length)})` }, { to: to("attack"), label: "ATT&CK" },
        ]} />
        <TextInput aria-label="Search in this part" placeholder="Search" leftSection={<IconSearch size={14} />} value={wanted} onChange={(e) => setWanted(e.currentTarget.value)} w={260} />
      </Group>
      <Part format={format} part={part} wanted={wanted} />
    </Stack>
  );
}

function Part({ format, part, wanted }: { format: FormatDocument; part: string; wanted: string }) {
  switch (part) {
    case "": return <Tables format={format} wanted={wanted} />;
    case "fields": return <Fields format={format} wanted={wanted} />;
    case "samples": return <Samples format={format} wanted={wanted} />;
    case "sentences": return <Sentences format={format} wanted={wanted} />;
    case "rules": return <Rules format={format} wanted={wanted} />;
    case "attack": return <Attack format={format} wanted={wanted} />;
    default: return <Empty title="A format has no such part">The tabs show those that there are.</Empty>;
  }
}
