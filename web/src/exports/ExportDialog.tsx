import { ActionIcon, Badge, Button, Group, Modal, Progress, SegmentedControl, Stack, Text, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { IconDownload, IconFileExport, IconPlayerStop, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { Export } from "../api/client";
import { Problem } from "../api/problem";
import { special, summaryColumn } from "../events/columns";
import type { Column } from "../events/columns";
import { visible } from "../events/document";
import { failed } from "../shared/failed";
import { Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { bytes, count } from "../time/format";
import type { Moments } from "../time/range";
import { download, useCancel, useDelete, useExports, useStart } from "./queries";
import css from "./ExportDialog.module.css";

interface Props {
  query: string;
  moments: Moments;
  columns: Column[];
}

/** ExportButton opens what writes the search that is shown to a file. */
export function ExportButton(props: Props) {
  const [open, { open: show, close }] = useDisclosure();
  return (
    <>
      <Button size="compact-sm" variant="default" leftSection={<IconFileExport size={14} />} fw={500} onClick={show}>Export</Button>
      <Modal opened={open} onClose={close} size="lg" title="Export" closeButtonProps={{ "aria-label": "Close" }}>
        {open && <Dialog {...props} />}
      </Modal>
    </>
  );
}

const formats = [{ value: "csv", label: "CSV" }, { value: "ndjson", label: "NDJSON" }, { value: "parquet", label: "Parquet" }] as const;
type Format = (typeof formats)[number]["value"];

/** columnsOfFile are those of CSV and Parquet: the time, then what the list shows. */
function columnsOfFile(columns: Column[]): string[] {
  return ["@timestamp", ...columns.map((c) => c.name).filter((n) => n !== summaryColumn && n !== "@timestamp")];
}

function Dialog({ query, moments, columns }: Props) {
  const [format, setFormat] = useState<Format>("csv");
  const start = useStart();
  const names = columnsOfFile(columns);
  const begin = () => start.mutate({ query, from: moments.from.toISOString(), to: moments.to.toISOString(), format, ...(format === "ndjson" ? {} : { columns: names }) });
  return (
    <Stack gap="sm">
      <Text size="sm">Every event of the search that is shown, newest first, up to a million events or 1 GiB. The file is yours alone and is deleted after seven days.</Text>
      <SegmentedControl value={format} onChange={(f) => setFormat(f)} data={[...formats]} aria-label="Format" />
      <Text size="xs" c="dimmed">
        {format === "ndjson" ? "A line an event, with its whole ECS document." : `Columns as in the list: ${names.map((n) => (special[n] ? "sentence" : n)).join(", ")}.`}
        {format === "csv" && " A text that a spreadsheet would take for a formula gets an apostrophe before it."}
      </Text>
      <Button onClick={begin} loading={start.isPending}>Start the export</Button>
      {start.isError && <Text size="sm" c="red" role="alert">{start.error.message}{start.error instanceof Problem && start.error.hint ? ` ${start.error.hint}` : ""}</Text>}
      <ExportList />
    </Stack>
  );
}

/** ExportList are one's own exports, of searches and of hunts. */
export function ExportList() {
  const exports = useExports(true);
  if (exports.isPending) return <Loading what="exports" />;
  if (exports.isError) return <Failure error={exports.error} retry={() => void exports.refetch()} />;
  return exports.data.length > 0 ? <div role="list" aria-label="Your exports">{exports.data.map((x) => <Entry key={x.id} x={x} />)}</div> : null;
}

const colours: Record<Export["state"], string> = { queued: "gray", running: "petrol", done: "green", failed: "red", cancelled: "gray", expired: "gray" };

function Entry({ x }: { x: Export }) {
  const cancel = useCancel();
  const remove = useDelete();
  const take = useMutation({ mutationFn: download });
  const runs = x.state === "queued" || x.state === "running";
  return (
    <div className={css.entry} role="listitem" data-export={x.id} data-state={x.state}>
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <div style={{ minWidth: 0 }}>
          <Group gap={8}><Text size="sm" fw={550}>{x.order.format.toUpperCase()}</Text><Badge size="sm" variant="light" color={colours[x.state]} tt="none">{x.state}</Badge><Text size="xs" c="dimmed" span><Time at={x.created} /></Text></Group>
          <Text size="xs" c="dimmed" truncate className="mono">{x.order.query ? visible(x.order.query) : "every event"}</Text>
          <Text size="xs" c="dimmed">
            {count(x.done)}{runs && x.total > 0 ? ` of ${count(x.total)}` : ""} {x.order.kind === "hunt" ? "rows" : "events"}{x.bytes > 0 ? `, ${bytes(x.bytes)}` : ""}{x.cut ? `, only the ${x.order.kind === "hunt" ? "first" : "newest"}: more was found than a file may have` : ""}{x.error ? `: ${x.error}` : ""}
            {x.expires && <>, kept until <Time at={x.expires} /></>}
          </Text>
        </div>
        <Group gap={4} wrap="nowrap">
          {runs && <Tooltip label="Cancel"><ActionIcon size={30} variant="light" color="red" aria-label={`Cancel export ${x.id}`} loading={cancel.isPending} onClick={() => cancel.mutate(x.id, { onError: failed })}><IconPlayerStop size={15} /></ActionIcon></Tooltip>}
          {x.state === "done" && <Button size="compact-sm" leftSection={<IconDownload size={14} />} loading={take.isPending} onClick={() => take.mutate(x, { onError: failed })}>Download</Button>}
          {!runs && <Tooltip label="Delete"><ActionIcon size={30} variant="subtle" color="gray" aria-label={`Delete export ${x.id}`} loading={remove.isPending} onClick={() => remove.mutate(x.id, { onError: failed })}><IconTrash size={15} /></ActionIcon></Tooltip>}
        </Group>
      </Group>
      {runs && <Progress value={x.total > 0 ? (100 * x.done) / x.total : 0} size="sm" mt={6} aria-label={`Progress of export ${x.id}`} animated={x.total === 0} />}
    </div>
  );
}
