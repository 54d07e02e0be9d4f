import { Alert, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMay } from "../access/session";
import { answer, api } from "../api/client";
import type { LakeStats, RetentionSetting } from "../api/client";
import { visible } from "../events/document";
import { days } from "../home/state";
import { Figure } from "../shared/Figure";
import { Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { bytes, count, short } from "../time/format";
import { inWords } from "./retention/keeping";
import { KeepingFields } from "./retention/KeepingFields";
import { useRetention } from "./retention/queries";

/** RetentionPage is for how long, and up to what size, events are kept, and what that means at the rate of these days. */
export function RetentionPage() {
  const retention = useRetention();
  const lake = useQuery({ queryKey: ["lake"], queryFn: ({ signal }) => answer(api.GET("/api/v1/lake", { signal })), refetchInterval: 10_000 });
  const write = useMay("settings.write");
  if (retention.isPending || lake.isPending) return <Loading what="retention" />;
  if (!retention.data || !lake.data) {
    const error = retention.error ?? lake.error;
    return error && <Failure error={error} retry={() => void Promise.all([retention.refetch(), lake.refetch()])} />;
  }
  const setting = retention.data;
  return (
    <Stack gap="md">
      <section className="panel" aria-label="What is kept">
        <h2>Events are kept {inWords(setting)}</h2>
        <Stack p="md" gap="sm">
          <Said setting={setting} />
          <Means lake={lake.data} setting={setting} />
        </Stack>
      </section>
      {write && !setting.fixed && <KeepingFields key={JSON.stringify(setting)} setting={setting} />}
      {!write && !setting.fixed && <Text size="sm" c="dimmed">Administrators change it.</Text>}
    </Stack>
  );
}

function Said({ setting: s }: { setting: RetentionSetting }) {
  if (s.fixed) return <Alert color="blue" py={8} title="The configuration fixes it">{s.fixed}</Alert>;
  if (!s.who) return <Text size="sm" c="dimmed">This is the default: nobody has said otherwise.</Text>;
  return <Text size="sm" c="dimmed">So said {visible(s.who)}{s.changed && <>, <Time at={s.changed} /></>}. The default: {inWords(s.usual)}.</Text>;
}

/** Means is how full the lake is and becomes. */
function Means({ lake, setting }: { lake: LakeStats; setting: RetentionSetting }) {
  const room = lake.room;
  const perDay = room?.bytesPerDay ?? 0;
  const limit = Math.min(setting.maxBytes ?? Infinity, setting.maxAgeDays && perDay > 0 ? setting.maxAgeDays * perDay : Infinity);
  const fits = room && limit !== Infinity && limit - lake.bytes < room.diskFreeBytes;
  return (
    <>
      <Group gap={36} align="flex-start">
        <Figure name="Stored" value={bytes(lake.bytes)} note={`${short(lake.events)} events`} />
        <div><Text size="xs" c="dimmed">Oldest event</Text>{lake.oldest ? <Time at={lake.oldest} /> : "none"}</div>
        {room && <Figure name="Comes" value={`${bytes(perDay)} a day`} note="of the last seven days, or since the oldest event" />}
        {room && <Figure name="Free on the disk" value={bytes(room.diskFreeBytes)} note={`of ${bytes(room.diskSizeBytes)}`} />}
        {room?.daysLeft !== undefined && <Figure name="Full in" value={days(room.daysLeft)} note={setting.maxBytes ? "then the oldest events go" : "if nothing were deleted"} tone={!fits && room.daysLeft < 14 && !setting.maxBytes ? "bad" : "plain"} />}
      </Group>
      {room && perDay > 0 && (
        <Text size="sm">
          {limit === Infinity
            ? "Nothing is deleted, so the disk fills up in the end."
            : <>At this rate that is about {bytes(limit)}, or {count(Math.max(1, Math.round(limit / perDay)))} days of events. {fits ? "The disk has room for it." : "The disk does not have room for it: reading stops when it is full."}</>}
        </Text>
      )}
    </>
  );
}
