import { Outlet } from "react-router";
import { useMay } from "../access/session";
import { LinkTabs } from "../shared/LinkTabs";
import { PageHeader } from "../shared/PageHeader";
import css from "./AlertsLayout.module.css";
import { useNoisyRules } from "./queries";
import { Waits } from "./Waits";

/** AlertsLayout is the frame of what is about all alerts: the queue, how alerts turned out, and the rules that are throttled. */
export function AlertsLayout() {
  const statistics = useMay("statistics.read");
  const noisy = useNoisyRules(statistics);
  const throttled = noisy.data?.rules.length ?? 0;
  return (
    <div className={css.page}>
      <div className={css.head}>
        <PageHeader title="Alerts">{statistics && <Waits />}</PageHeader>
        {statistics && <LinkTabs
          name="Alerts"
          tabs={[{ to: "/alerts", label: "Queue", end: true }, { to: "/alerts/outcomes", label: "Outcomes" }, { to: "/alerts/noisy", label: <>Noisy rules{throttled > 0 && <span className={css.number}>{throttled}</span>}</> }]}
        />}
      </div>
      <Outlet />
    </div>
  );
}
