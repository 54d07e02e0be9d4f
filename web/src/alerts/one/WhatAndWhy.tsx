import { Text } from "@mantine/core";
import type { AlertDetail } from "../../api/client";
import { visible } from "../../events/document";
import css from "./AlertPage.module.css";

/** WhatAndWhy says what was found, and what its urgency is made of. */
export function WhatAndWhy({ alert }: { alert: AlertDetail }) {
  return (
    <section className="panel" aria-label="What and why">
      <h2>What was found, and why it is {alert.band}</h2>
      <div className={css.why}>
        <div className={css.what}>
          {alert.description ? <Text size="sm" className={css.prose ?? ""}>{visible(alert.description)}</Text> : <Text size="sm" c="dimmed">{alert.provisional ? "Evidence of this alert has come, Defender's description of it has not yet." : "Nobody has described it."}</Text>}
          {alert.falsePositives.length > 0 && <Text size="sm" className={css.prose ?? ""}><Text span fw={600} size="sm">Looks the same: </Text>{visible(alert.falsePositives.join("; "))}</Text>}
          {alert.groupedBy.length > 0 && <Text size="xs" c="dimmed" className={css.prose ?? ""}>Its events have in common: {visible(alert.groupedBy.map((v) => `${v.field} ${v.value}`).join(", "))}.</Text>}
          {alert.late && <Text size="xs" c="dimmed">More of it was counted after it was closed.</Text>}
        </div>
        <ul className={css.reasons} aria-label="Reasons of the urgency">
          {alert.reasons.map((r) => <li key={r.text}><b>{r.points > 0 ? `+${r.points}` : r.points}</b><span>{visible(r.text)}</span></li>)}
          <li className={css.sum}><b>{alert.urgency}</b><span>{alert.band}{alert.urgencySet && `, set by hand (the formula gives ${alert.computed})`}</span></li>
        </ul>
      </div>
    </section>
  );
}
