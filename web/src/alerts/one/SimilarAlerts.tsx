import { Anchor, Text } from "@mantine/core";
import { Link, useLocation } from "react-router";
import { visible } from "../../events/document";
import { Level } from "../../shared/Level";
import { Failure, Loading } from "../../shared/states";
import { Time } from "../../shared/Time";
import { useSimilarAlerts } from "../queries";
import { outcome } from "../words";
import css from "./AlertPage.module.css";

/** At most so many are shown; the list of alerts finds the others. */
const shown = 10;

/** SimilarAlerts have the cause, the rule or entities in common with an alert. */
export function SimilarAlerts({ id }: { id: number }) {
  const similar = useSimilarAlerts(id);
  const state: unknown = useLocation().state;
  const list = similar.data?.alerts ?? [];
  return (
    <section className="panel" aria-label="Similar alerts">
      <h2>Similar alerts</h2>
      {similar.isPending && <Loading what="similar alerts" />}
      {similar.isError && !similar.data && <Failure error={similar.error} retry={() => void similar.refetch()} />}
      {similar.data && list.length === 0 && <Text p="md" size="sm" c="dimmed">There are none.</Text>}
      {list.slice(0, shown).map((a) => (
        <div key={a.id} className={css.entity}>
          <div className={css.entityHead}>
            <Level level={a.band} />
            <div className={css.grow}>
              <Anchor component={Link} to={`/alerts/${a.id}`} state={state} size="sm" fw={550}><bdi>{visible(a.title)}</bdi></Anchor>
              <Text size="xs" c="dimmed" mt={2}>
                {outcome(a)} · {a.sameGroup ? "same cause" : a.sameRule ? "same rule" : "same entities"} · <Time at={a.last} />
              </Text>
              {a.shared.length > 0 && <Text size="xs" c="dimmed" className={css.line ?? ""} title={visible(a.shared.slice(0, 20).join("\n"))}>{visible(a.shared.slice(0, 3).join(", ")).slice(0, 240)}</Text>}
            </div>
          </div>
        </div>
      ))}
      {list.length > shown && <Text px="md" py={8} size="xs" c="dimmed">{list.length - shown} more have something in common.</Text>}
    </section>
  );
}
