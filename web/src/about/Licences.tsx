import { Button, Modal, Table, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../api/client";
import type { Licensed } from "../api/client";
import { visible } from "../events/document";
import { Failure, Loading } from "../shared/states";
import { count } from "../time/format";
import css from "./Licences.module.css";

/** Licences lists what of others the program and the page are made of. */
export function Licences() {
  const licences = useQuery({ queryKey: ["licences"], queryFn: ({ signal }) => answer(api.GET("/api/v1/licences", { signal })), staleTime: Infinity });
  const [search, setSearch] = useState("");
  const [shown, setShown] = useState<Licensed>();
  const wanted = search.trim().toLowerCase();
  const all = licences.data?.components ?? [];
  const found = all.filter((c) => `${c.name} ${c.licence ?? ""}`.toLowerCase().includes(wanted));
  return (
    <section className="panel" aria-label="Licences">
      <h2>What it is made of{all.length > 0 && <Text span size="xs" c="dimmed" ml="sm">{count(all.filter((c) => c.part === "program").length)} modules of the program, {count(all.filter((c) => c.part === "page").length)} packages of the page</Text>}</h2>
      {licences.isPending && <Loading what="licences" />}
      {licences.isError && !licences.data && <Failure error={licences.error} retry={() => void licences.refetch()} />}
      {licences.data && (
        <>
          <TextInput m="sm" maw={320} size="xs" placeholder="Find a name or a licence" aria-label="Find a component" leftSection={<IconSearch size={14} />} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
          {/* What is longer than the panel scrolls by the keyboard too. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <div className={css.list} tabIndex={0} role="group" aria-label="Components">
            <Table fz="sm" verticalSpacing={4} horizontalSpacing="md" stickyHeader>
              <Table.Thead><Table.Tr><Table.Th>Name</Table.Th><Table.Th>Version</Table.Th><Table.Th>Part of</Table.Th><Table.Th>Licence</Table.Th><Table.Th>Text</Table.Th></Table.Tr></Table.Thead>
              <Table.Tbody>
                {found.map((c) => (
                  <Table.Tr key={`${c.part} ${c.name}`} data-component={c.name}>
                    <Table.Td style={{ overflowWrap: "anywhere" }}>{visible(c.name)}</Table.Td>
                    <Table.Td style={{ overflowWrap: "anywhere" }}>{visible(c.version)}</Table.Td>
                    <Table.Td>{c.part}</Table.Td>
                    <Table.Td>{c.licence ?? "not told by this build"}</Table.Td>
                    <Table.Td>{c.files && <Button size="compact-xs" variant="light" aria-label={`Licence of ${c.name}`} onClick={() => setShown(c)}>{c.files}</Button>}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            {found.length === 0 && <Text p="md" size="sm" c="dimmed">Nothing has this in its name.</Text>}
          </div>
        </>
      )}
      {shown && <LicenceText of={shown} onClose={() => setShown(undefined)} />}
    </section>
  );
}

function LicenceText({ of, onClose }: { of: Licensed; onClose: () => void }) {
  const { part, name } = of;
  const text = useQuery({ queryKey: ["licences", part, name], queryFn: ({ signal }) => answer(api.GET("/api/v1/licences/text", { params: { query: { part, name } }, signal })), staleTime: Infinity });
  return (
    <Modal opened onClose={onClose} size="xl" title={`${visible(name)} ${visible(of.version)}`} closeButtonProps={{ "aria-label": "Close the licence" }}>
      {text.isPending && <Loading what="licence" />}
      {text.isError && <Failure error={text.error} />}
      {text.data && <pre className={css.text}>{visible(text.data.text)}</pre>}
    </Modal>
  );
}
