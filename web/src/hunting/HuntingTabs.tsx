import { useMay } from "../access/session";
import { LinkTabs } from "../shared/LinkTabs";

/** HuntingTabs lead between hunts and those that run by themselves, for who may see both. */
export function HuntingTabs() {
  if (!useMay("hunts.schedule")) return null;
  return <LinkTabs name="Hunting" tabs={[{ to: "/hunting", label: "Hunt", end: true }, { to: "/hunting/schedules", label: "Schedules" }]} />;
}
