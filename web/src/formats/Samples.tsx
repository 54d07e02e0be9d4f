import { Code, Select, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { useSearchParams } from "react-router";
import type { FormatDocument, FormatTable } from "../api/client";
import { visible } from "../events/document";
import { Copy } from "../shared/Copy";
import { Empty, Failure, Loading } from "../shared/states";
import { useFormatTable } from "./queries";
import { holds } from "./words";

/** Samples shows records of a table, and the events that they become. */
export function Samples({ format, wanted }: { format: FormatDocument; wanted: string }) {
  const [params, setParams] = useSearchParams();
  const table = params.get("table") ?? format.tables.find((t) => t.samples > 0)?.name ?? format.tables[0]?.name ?? "";
  return (
    <Stack gap="md">
      <Select label="Table" data={format.tables.map((t) => t.name)} value={table} allowDeselect={false} searchable onChange={(t) => setParams(t === null ? {} : { table: t }, { replace: true })} w={340} />
      {table !== "" && <OfTable key={table} id={format.id} table={table} wanted={wanted} />}
    </Stack>
  );
}

function OfTable({ id, table, wanted }: { id: string; table: string; wanted: string }) {
  const of = useFormatTable(id, table);
  if (!of.data) return of.isPending ? <Loading what="samples" /> : <Failure error={of.error} retry={() => void of.refetch()} />;
  const list = of.data.sampleList.filter((s) => holds(wanted, s.title, s.sentence, JSON.stringify(s.record), ...s.fields.map((f) => `${f.name} ${JSON.stringify(f.value)}`)));
  if (list.length === 0) return <section className="panel"><Empty title={of.data.sampleList.length === 0 ? "There is no sample of this table" : "No sample is like that"} /></section>;
  return <>{list.map((s, i) => <Sample key={`${i} ${s.title}`} sample={s} />)}</>;
}

function Sample({ sample }: { sample: FormatTable["sampleList"][number] }) {
  const text = JSON.stringify(sample.record, undefined, 2);
  return (
    <section className="panel" aria-label={`Sample: ${sample.title}`}>
      <h2>{visible(sample.title)}</h2>
      {sample.sentence && <Text px="md" pt="sm" fw={550}>{visible(sample.sentence)}</Text>}
      <SimpleGrid cols={{ base: 1, lg: 2 }} p="md">
        <div>
          <Text size="sm" fw={600}>Before <Copy text={text} what="the record" /></Text>
          <Code block mah={560} style={{ overflow: "auto" }} tabIndex={0}>{visible(text)}</Code>
        </div>
        <div>
          <Text size="sm" fw={600} mb={4}>After</Text>
          <Table fz="xs" verticalSpacing={3}>
            <Table.Tbody>{sample.fields.map((f) => <Table.Tr key={f.name}><Table.Td style={{ overflowWrap: "anywhere" }}>{visible(f.name)}</Table.Td><Table.Td className="mono" style={{ overflowWrap: "anywhere" }}>{visible(JSON.stringify(f.value))}</Table.Td></Table.Tr>)}</Table.Tbody>
          </Table>
        </div>
      </SimpleGrid>
    </section>
  );
}
