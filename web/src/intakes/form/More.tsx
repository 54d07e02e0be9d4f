import { Anchor, Collapse, MultiSelect, Select, SimpleGrid, TagsInput } from "@mantine/core";
import { useState } from "react";
import type { OnGap, Transport } from "./draft";
import { useFormats } from "../queries";
import { said, SecretSetting, TextSetting } from "./Setting";
import type { Editing } from "./Setting";

const transports: readonly { value: Transport; label: string }[] = [{ value: "amqp", label: "AMQP, port 5671" }, { value: "websockets", label: "WebSockets, port 443" }];

const gaps: readonly { value: OnGap; label: string }[] = [
  { value: "earliest", label: "At the oldest message that is there" }, { value: "latest", label: "At the next one that comes" }, { value: "stop", label: "Not at all, until somebody decides" },
];

const rare = ["categories", "chosenTables", "silenceAfter", "transport", "proxy", "start", "onGap"];

/** More are the settings that hardly anybody changes. They show by themselves where something is wrong with one. */
export function More({ of }: { of: Editing }) {
  const [wanted, setWanted] = useState(false);
  const formats = useFormats();
  const tables = formats.data?.formats.find((f) => f.id === of.draft.format)?.tables.map((t) => t.name) ?? [];
  const hub = of.draft.source === "eventhub";
  const open = wanted || rare.some((f) => of.faults[f] !== undefined);
  return (
    <section className="panel" aria-label="More settings">
      <h2><Anchor component="button" type="button" size="sm" fw={620} aria-expanded={open} onClick={() => setWanted(!open)}>{open ? "Hide" : "Show"} the settings that hardly anybody changes</Anchor></h2>
      <Collapse expanded={open}>
        <SimpleGrid cols={{ base: 1, md: 2 }} verticalSpacing="md" spacing="lg" p="md">
          <TagsInput
            label="Tables or categories to take" description="All when empty; * stands for anything." descriptionProps={{ fz: "xs" }} value={of.draft.categories} onChange={(categories) => of.change({ categories })} maxTags={256} error={said(of, "categories")}
            clearable clearButtonProps={{ "aria-label": "Take all" }} placeholder={of.draft.categories.length === 0 ? "Device*" : ""}
          />
          <MultiSelect
            label="Tables that are to arrive" description="Those ticked in Defender's streaming settings: one of them that never comes is told of. All when empty." descriptionProps={{ fz: "xs" }} data={[...new Set([...tables, ...of.draft.chosenTables])]}
            value={of.draft.chosenTables} onChange={(chosenTables) => of.change({ chosenTables })} error={said(of, "chosenTables")} searchable clearable clearButtonProps={{ "aria-label": "Expect all" }} placeholder={of.draft.chosenTables.length === 0 ? "all" : ""}
          />
          <TextSetting of={of} field="silenceAfter" label="Incident after silence of" about="Nothing arriving for this long is an incident: 30m, 1h, 2d; off for never." example="1h" />
          {hub && <><Select label="Transport" description="WebSockets get through where only port 443 is open, and may go through a proxy." descriptionProps={{ fz: "xs" }} data={[...transports]} allowDeselect={false} value={of.draft.transport} error={said(of, "transport")} onChange={(v) => of.change({ transport: transports.find((t) => t.value === v)?.value ?? "amqp" })} />
          <SecretSetting of={of} field="proxy" label="Proxy" about="For WebSockets. It may hold a password, so it is kept encrypted and never shown again." example="http://user:password@proxy:3128" /></>}
          {of.draft.source !== "http" && <TextSetting of={of} field="start" label="Begin at" about="Where nothing was read before: earliest, latest or a time." example="earliest" />}
          {(hub || of.draft.source === "kafka") && <Select label="After a gap, go on" description="When the messages that come next have expired, or the hub was made anew." descriptionProps={{ fz: "xs" }} data={[...gaps]} allowDeselect={false} value={of.draft.onGap} error={said(of, "onGap")} onChange={(v) => of.change({ onGap: gaps.find((g) => g.value === v)?.value ?? "earliest" })} />}
        </SimpleGrid>
      </Collapse>
    </section>
  );
}
