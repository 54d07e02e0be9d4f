import { SimpleGrid, Text, TextInput } from "@mantine/core";
import { said } from "./Setting";
import type { Editing } from "./Setting";

/** PushArrival says how programs will send, and how much of it is taken. */
export function PushArrival({ of }: { of: Editing }) {
  return (
    <>
      <Text size="sm" maw={760}>
        Programs send events by HTTP: scripts, <code>curl</code>, a forwarder that is made for Sekoia.io&apos;s intake.{" "}
        {of.fresh ? "Saving makes a key and shows it once, with commands to try it." : "The key is replaced on the page of the intake."} Each request is answered once its events are safe.
      </Text>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <TextInput
          label="Events a second" description="Senders of more are told to wait; twice as many are taken at once." descriptionProps={{ fz: "xs" }} placeholder="50000" inputMode="numeric" name="rate" maxLength={8} autoComplete="off"
          value={of.draft.rate} onChange={(e) => of.change({ rate: e.currentTarget.value })} error={said(of, "rate")}
        />
      </SimpleGrid>
    </>
  );
}
