import { Button, Group, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { Copy } from "../../shared/Copy";
import { useNamespaceCheck } from "./queries";

/** NamespaceField says of what was pasted whether it is the resource ID that Defender wants, and what it is otherwise. */
export function NamespaceField() {
  const [text, setText] = useState("");
  const check = useNamespaceCheck();
  const found = check.data;
  return (
    <form aria-label="Resource ID" onSubmit={(e) => {
      e.preventDefault();
      check.mutate(text);
    }}>
      <Group align="flex-end">
        <TextInput label="Resource ID" className="mono" style={{ flex: 1, minWidth: 280 }} maxLength={8192} spellCheck={false} value={text} onChange={(e) => setText(e.currentTarget.value)} />
        <Button type="submit" size="xs" variant="default" loading={check.isPending}>Check it</Button>
      </Group>
      <div role="status">
        {found && <Text size="sm" mt={6} c={found.valid ? "var(--ps-good)" : "var(--ps-bad)"}>{found.message}</Text>}
        {found?.id && !found.valid && <Group gap={6} mt={4}><Text size="sm">It would be</Text><code style={{ overflowWrap: "anywhere" }}>{found.id}</code><Copy text={found.id} what="the resource ID" /></Group>}
        {check.isError && <Text size="sm" mt={6} c="var(--ps-bad)">{check.error.message}</Text>}
      </div>
    </form>
  );
}
