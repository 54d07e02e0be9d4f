import { Checkbox, TagsInput, Text } from "@mantine/core";
import { useState } from "react";
import { useFormats } from "../queries";
import { areSeveral, namesIn } from "../words";
import { said, TextSetting } from "./Setting";
import type { Editing } from "./Setting";

/** Defender gives hubs these names where it is told none; the table follows. */
const prefix = "insights-logs-advancedhunting-";

interface Props {
  of: Editing;
  label: string;
  about?: string | undefined;
  where?: string | undefined;
  example?: string | undefined;
  required?: boolean;
  /** What is said of an intake that reads more than one. */
  several: string;
}

/** HubSetting takes the name of the hub or topic, or those of several, which one intake reads. */
export function HubSetting({ several, ...props }: Props) {
  const { of, label, where } = props;
  const [wanted, setWanted] = useState(false);
  const formats = useFormats();
  const names = namesIn(of.draft.hubName);
  const many = wanted || areSeveral(names);
  const hubs = of.draft.source === "eventhub";
  const tables = formats.data?.formats.find((f) => f.id === of.draft.format)?.tables ?? [];
  const choose = (yes: boolean) => {
    setWanted(yes);
    if (!yes) of.change({ hubName: names.find((n) => !n.endsWith("*")) ?? "" });
  };
  return (
    <div style={many ? { gridColumn: "1 / -1" } : undefined}>
      {many ? (
        <TagsInput
          label={`${label}s`} description={<>Names with commas between; those that Defender gives to tables can be chosen.{hubs && " One with * at its end alone stands for all of them, also those that Defender makes later."}{where && <Text span inherit display="block" mt={2}>Where: {where}</Text>}</>} descriptionProps={{ fz: "xs" }} withAsterisk
          data={[...(hubs ? [`${prefix}*`] : []), ...tables.map((t) => prefix + t.name.toLowerCase())]} value={names} onChange={(list) => of.change({ hubName: list.join(", ") })} maxTags={100} splitChars={[",", ";", " ", "\n"]} error={said(of, "hubName")}
          clearable clearButtonProps={{ "aria-label": `Remove all ${label}s` }} comboboxProps={{ transitionProps: { duration: 0 } }} maxDropdownHeight={260}
        />
      ) : <TextSetting {...props} field="hubName" />}
      <Checkbox mt={6} size="xs" label={several} checked={many} onChange={(e) => choose(e.currentTarget.checked)} />
    </div>
  );
}
