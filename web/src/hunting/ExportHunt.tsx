import { Button, Modal, SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Problem } from "../api/problem";
import { ExportList } from "../exports/ExportDialog";
import { useStart } from "../exports/queries";
import type { Order } from "./run/run";

const formats = [{ value: "csv", label: "CSV" }, { value: "ndjson", label: "NDJSON" }, { value: "parquet", label: "Parquet" }] as const;
type Format = (typeof formats)[number]["value"];

/** ExportHunt runs a query in the background and writes all of its rows to a file. */
export function ExportHunt({ order, onClose }: { order: Order; onClose: () => void }) {
  const [format, setFormat] = useState<Format>("csv");
  const start = useStart();
  const begin = () => {
    const { from, to, query, parameters } = order;
    start.mutate({ kind: "hunt", query, from: from ?? "", to: to ?? "", format, ...(parameters ? { parameters: parameters.map(({ name, type, value }) => ({ name, type, value })) } : {}) });
  };
  return (
    <Modal opened onClose={onClose} size="lg" title="Export all rows" closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap="sm">
        <Text size="sm">The query runs again in the background, and every row of its result is written, up to a million rows or 1 GiB. The file is yours alone and is deleted after seven days.</Text>
        <SegmentedControl value={format} onChange={(f) => setFormat(f)} data={[...formats]} aria-label="Format" />
        {format === "csv" && <Text size="xs" c="dimmed">A text that a spreadsheet would take for a formula gets an apostrophe before it.</Text>}
        <Button onClick={begin} loading={start.isPending}>Start the export</Button>
        {start.isError && <Text size="sm" c="red" role="alert">{start.error.message}{start.error instanceof Problem && start.error.hint ? ` ${start.error.hint}` : ""}</Text>}
        <ExportList />
      </Stack>
    </Modal>
  );
}
