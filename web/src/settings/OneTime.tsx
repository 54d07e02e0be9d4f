import { Alert, Button, Code, CopyButton, Group, Text } from "@mantine/core";

/** OneTime shows something that the server tells this once: a link or a key. */
export function OneTime({ title, about, value, onClose }: { title: string; about: string; value: string; onClose: () => void }) {
  return (
    <Alert title={title} withCloseButton closeButtonLabel="Hide it" onClose={onClose}>
      <Text size="sm" mb={6}>{about}</Text>
      <Group gap="xs">
        <Code style={{ overflowWrap: "anywhere" }}>{value}</Code>
        <CopyButton value={value}>{({ copied, copy }) => <Button size="compact-xs" variant="default" onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}</CopyButton>
      </Group>
    </Alert>
  );
}
