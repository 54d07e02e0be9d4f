import { Anchor, Text } from "@mantine/core";
import { Link } from "react-router";
import { Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { count } from "../time/format";
import { visible } from "./document";
import { searchFor } from "./pivot";
import { useRelated } from "./queries";
import css from "./EventDrawer.module.css";

/** RelatedEvents lists the questions that lead on from an event, with how many events answer each. */
export function RelatedEvents({ id }: { id: string }) {
  const related = useRelated(id);
  if (related.isPending) return <Loading what="related events" />;
  if (related.isError) return <Failure error={related.error} retry={() => void related.refetch()} />;
  if (related.data.related.length === 0) return <Text size="sm" c="dimmed">Nothing in this event leads to others.</Text>;
  return (
    <div className="scroll-x">
      <table className={css.rows}>
        <thead><tr><th>What they share</th><th>Around the event</th><th className="numeric">Events</th></tr></thead>
        <tbody>
          {related.data.related.map((r) => (
            <tr key={r.name}>
              <td>
                <Anchor component={Link} size="sm" to={searchFor(r.query, { from: r.from, to: r.to })}>{r.name}</Anchor>
                <div className={css.command}>{visible(r.query)}</div>
              </td>
              <td style={{ whiteSpace: "nowrap" }}><Time at={r.from} /><br /><Time at={r.to} /></td>
              <td className="numeric">{r.count === undefined ? "not counted" : count(r.count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
