import { Outlet } from "react-router";
import { Empty } from "../shared/states";
import { useIdentity, useMay } from "./session";
import type { Permission } from "./session";

interface Props {
  permission: Permission;
  /** Who may use the pages below, in a sentence. */
  who: string;
}

/** Only leads on to pages that need a permission; whoever does not have it is told who may, and nothing is asked of the server. */
export function Only({ permission, who }: Props) {
  const identity = useIdentity();
  const may = useMay(permission);
  if (may) return <Outlet />;
  const some = (identity?.intakes.length ?? 0) > 0;
  return <section className="panel"><Empty title={who}>{some ? "Your account sees what came by some intakes alone. " : ""}Ask an administrator if you should.</Empty></section>;
}
