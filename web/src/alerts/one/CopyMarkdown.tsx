import { Button, CopyButton } from "@mantine/core";
import { IconCheck, IconMarkdown } from "@tabler/icons-react";
import { useMemo } from "react";
import type { AlertDetail } from "../../api/client";
import { useAlertEvents, useSentences } from "../queries";
import { markdownOf } from "./markdown";

/** CopyMarkdown puts an alert on the clipboard, for a ticket elsewhere. */
export function CopyMarkdown({ alert }: { alert: AlertDetail }) {
  const events = useAlertEvents(alert.id);
  const told = useSentences(alert.id, alert.occurrences);
  const text = useMemo(() => {
    const sentences = new Map([...(told.data ?? [])].map(([id, s]) => [id, s.text]));
    return markdownOf(alert, events.data?.events ?? [], sentences, `${location.origin}/alerts/${alert.id}`);
  }, [alert, events.data, told.data]);
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => <Button size="compact-sm" variant="default" leftSection={copied ? <IconCheck size={14} /> : <IconMarkdown size={15} />} onClick={copy}>{copied ? "Copied" : "Copy as Markdown"}</Button>}
    </CopyButton>
  );
}
