import { Anchor, Group, Text } from "@mantine/core";
import { Link } from "react-router";
import { visible } from "../events/document";
import { Level } from "../shared/Level";
import { Failure, Loading } from "../shared/states";
import { useSimilarAlerts } from "./queries";
import { outcome } from "./words";
import css from "./AlertPage.module.css";

/** At most so many are shown; the list of alerts finds the others. */
const shown = 12;

/** SimilarAlerts have the cause, the rule or entities in common with an alert. */
export function SimilarAlerts({ id }: { id: number }) {
  const similar = useSimilarAlerts(id);
  return (
    <section className="panel" aria-label="Similar alerts">
      <h2>Similar alerts</h2>
      {similar.isPending && <Loading what="similar alerts" />}
      {similar.isError && !similar.data && <Failure error={similar.error} retry={() => void similar.refetch()} />}
      {similar.data?.alerts.length === 0 && <Text p="md" size="sm" c="dimmed">There are none.</Text>}
      {similar.data?.alerts.slice(0, shown).map((a) => (
        <div key={a.id} className={css.entity}>
          <Group gap={6} wrap="nowrap" align="flex-start"><Level level={a.band} /><Anchor component={Link} underline="always" to={`/alerts/${a.id}`} size="sm">{visible(a.title)}</Anchor></Group>
          <Text size="xs" c="dimmed" mt={2}>
            {outcome(a)}{a.sameGroup ? " · same cause" : a.sameRule ? " · same rule" : ""}{a.shared.length > 0 && ` · ${visible(a.shared.slice(0, 4).join(", "))}`}
          </Text>
        </div>
      ))}
    </section>
  );
}
