import { SegmentedControl, Text } from "@mantine/core";
import { useId } from "react";
import type { Authentication } from "./draft";
import type { Editing } from "./Setting";

/** SigningIn chooses how to sign in where events are read. */
export function SigningIn({ of, ways }: { of: Editing; ways: readonly { value: Authentication; label: string }[] }) {
  const id = useId();
  return (
    <div>
      <Text size="sm" fw={500} mb={4} id={id}>Signing in with</Text>
      <SegmentedControl aria-labelledby={id} data={[...ways]} value={of.draft.authentication} onChange={(v) => of.change({ authentication: ways.find((w) => w.value === v)?.value ?? "connection_string" })} />
    </div>
  );
}
