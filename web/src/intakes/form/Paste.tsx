import { Anchor, Collapse, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { pasted } from "./paste";
import type { Editing } from "./Setting";

/** Paste takes all settings at once, as a deployment of the setup kit tells them. What was pasted is not kept on the screen: there are keys in it. */
export function Paste({ of }: { of: Editing }) {
  const [open, setOpen] = useState(false);
  const [fault, setFault] = useState<string>();
  const [filled, setFilled] = useState<number>();
  const take = (text: string) => {
    setFilled(undefined);
    if (text.trim() === "") {
      setFault(undefined);
      return;
    }
    const found = pasted(text);
    setFault(found.fault);
    if (found.settings === undefined) return;
    of.change(found.settings);
    setFilled(Object.keys(found.settings).filter((f) => f !== "source" && f !== "authentication" && f !== "credential").length);
  };
  return (
    <div>
      <Anchor component="button" type="button" size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>Paste what a deployment printed</Anchor>
      <Collapse expanded={open}>
        <Textarea
          mt="xs" label="Settings as JSON" description="What penstock azure template's deployment prints at its end, or the outputs of the deployment. It fills in the fields below and is not kept here." descriptionProps={{ fz: "xs" }}
          rows={3} spellCheck={false} autoComplete="off" classNames={{ input: "mono" }} value="" onChange={(e) => take(e.currentTarget.value)} error={fault}
        />
      </Collapse>
      <Text size="sm" role="status" mt={filled === undefined ? 0 : 4}>{filled === undefined ? "" : `${filled} ${filled === 1 ? "field was" : "fields were"} filled in. Test the connection next.`}</Text>
    </div>
  );
}
