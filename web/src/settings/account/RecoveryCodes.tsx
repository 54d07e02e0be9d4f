import { Alert, Button, Code, CopyButton, Group, SimpleGrid } from "@mantine/core";

/** RecoveryCodes shows the codes that let one in without the second factor: the server shows them this once. */
export function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  if (codes.length === 0) return null;
  return (
    <Alert title="Recovery codes" color="yellow">
      Each lets you in once when the second factor is lost. Keep them where you keep what matters; they are not shown again.
      <SimpleGrid cols={2} spacing={4} my="sm">{codes.map((c) => <Code key={c} fz="sm">{c}</Code>)}</SimpleGrid>
      <Group gap="xs">
        <CopyButton value={codes.join("\n")}>{({ copied, copy }) => <Button size="compact-sm" variant="default" onClick={copy}>{copied ? "Copied" : "Copy all"}</Button>}</CopyButton>
        <Button size="compact-sm" onClick={onClose}>I have kept them</Button>
      </Group>
    </Alert>
  );
}
