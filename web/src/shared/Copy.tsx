import { ActionIcon, Button, CopyButton, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy, IconLink } from "@tabler/icons-react";

/** Copy puts a text on the clipboard; with a label it is a button that says so. */
export function Copy({ text, what, label }: { text: string; what: string; label?: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => label === undefined ? (
        <Tooltip label={copied ? "Copied" : "Copy"} withArrow>
          <ActionIcon size={24} variant="subtle" color={copied ? "green" : "gray"} aria-label={`Copy ${what}`} onClick={copy}>{copied ? <IconCheck size={14} /> : <IconCopy size={14} />}</ActionIcon>
        </Tooltip>
      ) : (
        <Button size="compact-xs" variant="light" leftSection={copied ? <IconCheck size={13} /> : <IconLink size={13} />} aria-label={`Copy ${what}`} onClick={copy}>{copied ? "Copied" : label}</Button>
      )}
    </CopyButton>
  );
}
