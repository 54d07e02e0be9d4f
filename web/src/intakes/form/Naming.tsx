import { Anchor, Group, Radio, SimpleGrid, Stack, TagsInput, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import type { Format } from "../../api/client";
import { formatPath } from "../../formats/words";
import { said, TextSetting } from "./Setting";
import type { Editing } from "./Setting";

/** Naming chooses the format and says what the intake is called. */
export function Naming({ of, formats }: { of: Editing; formats: Format[] }) {
  // A format that does not come from a hub is sent.
  const choose = (format: string) => of.change({ format, ...(formats.find((f) => f.id === format)?.sources.includes("eventhub") === false ? { source: "http" } : {}) });
  return (
    <>
      <section className="panel" aria-label="Format">
        <h2>What arrives</h2>
        <Radio.Group name="format" value={of.draft.format} onChange={choose} error={said(of, "format")} aria-label="Format" p="md">
          <Stack gap="xs">{formats.map((f) => <FormatChoice key={f.id} format={f} fixed={!of.fresh} />)}</Stack>
        </Radio.Group>
      </section>
      <section className="panel" aria-label="Name">
        <h2>What it is called</h2>
        <SimpleGrid cols={{ base: 1, md: 2 }} p="md">
          {of.fresh
            ? <TextSetting of={of} field="name" label="Name" about="Events, metrics and the ledger refer to the intake by it, so it cannot be changed later. Letters, digits, - and _." example="headquarters" required />
            : <div><Text size="sm" fw={500}>Name</Text><Text size="sm">{of.draft.name}</Text><Text size="xs" c="dimmed">It never changes, because events, metrics and the ledger refer to it.</Text></div>}
          <TextSetting of={of} field="entity" label="Entity or site" about="Whose events they are: a site, a customer, a tenant." example="Headquarters" />
          <TagsInput
            label="Tags" description="To find it by. Enter adds one." descriptionProps={{ fz: "xs" }} value={of.draft.tags} onChange={(tags) => of.change({ tags })} maxTags={32} error={said(of, "tags")} clearable
            clearButtonProps={{ "aria-label": "Remove all tags" }} placeholder={of.draft.tags.length === 0 ? "production" : ""}
          />
        </SimpleGrid>
      </section>
    </>
  );
}

function FormatChoice({ format, fixed }: { format: Format; fixed: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <Radio value={format.id} label={<Text span fw={600} size="sm">{format.name}</Text>} description={format.description} disabled={fixed} styles={{ description: { maxWidth: 820 } }} />
      <Group gap="md" ml={32} mt={4}>
        <Anchor component="button" type="button" size="xs" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Hide its" : "Show its"} {format.tables.length} tables</Anchor>
        <Anchor component={Link} to={formatPath(format.id)} size="xs" target="_blank">Its documentation</Anchor>
      </Group>
      {open && (
        <SimpleGrid cols={{ base: 1, md: 2 }} verticalSpacing={4} spacing="xl" ml={32} mt="xs">
          {format.tables.map((t) => <Text key={t.name} size="sm">{t.name}<Text span size="xs" c="dimmed" display="block">{t.description}</Text></Text>)}
        </SimpleGrid>
      )}
    </div>
  );
}
