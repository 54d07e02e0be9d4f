import { Alert, Anchor } from "@mantine/core";
import { Link } from "react-router";
import type { RuleDetail } from "../../api/client";
import { Failure, Loading } from "../../shared/states";
import { ExceptionForm } from "./ExceptionForm";
import { useCandidates } from "./queries";

/** FromAlert is the form of an exception, filled in with what the events of an alert have in common. */
export function FromAlert({ rule, alert, onDone }: { rule: RuleDetail; alert: number; onDone: () => void }) {
  const found = useCandidates(rule.id, alert);
  if (found.isPending) return <Loading what="events of the alert" />;
  if (!found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (found.data.events === 0) return <><Alert color="yellow" py={6} mb="sm">None of the events of <Anchor component={Link} underline="always" to={`/alerts/${alert}`} size="sm">alert {alert}</Anchor> is stored any more.</Alert><ExceptionForm rule={rule} onDone={onDone} /></>;
  return <ExceptionForm rule={rule} onDone={onDone} from={{ alert, ...found.data }} />;
}
