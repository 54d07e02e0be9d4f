import { Group, Text } from "@mantine/core";
import { visible } from "../events/document";
import { Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { useAlertHistory } from "./queries";
import css from "./AlertPage.module.css";

/** AlertHistory tells who changed what of an alert. */
export function AlertHistory({ id }: { id: number }) {
  const history = useAlertHistory(id);
  return (
    <section className="panel" aria-label="History">
      <h2>History</h2>
      {history.isPending && <Loading what="history" />}
      {history.isError && !history.data && <Failure error={history.error} retry={() => void history.refetch()} />}
      {history.data?.entries.length === 0 && <Text p="md" size="sm" c="dimmed">Nothing was changed yet.</Text>}
      {history.data?.entries.map((e, i) => (
        <Group key={i} gap="xs" className={css.entry}>
          <Time at={e.time} />
          <Text size="sm">
            <Text span fw={600} size="sm">{e.actor ? visible(e.actor) : "Penstock"}</Text> {e.what.replaceAll("_", " ")}
            {(e.old || e.new) && `: ${visible(e.old || "none")} → ${visible(e.new || "none")}`}
            {e.note && ` (${visible(e.note)})`}
          </Text>
        </Group>
      ))}
    </section>
  );
}
