import { Button, Group } from "@mantine/core";
import { IconFileImport, IconPlus } from "@tabler/icons-react";
import { Link, NavLink, useSearchParams } from "react-router";
import { useMay } from "../access/session";
import { PageHeader } from "../shared/PageHeader";
import { withParam } from "../shared/address";
import css from "./RulesPage.module.css";

/** RulesHead heads the views of all rules. The filter goes with the reader from one to the next. */
export function RulesHead({ about }: { about: string }) {
  const [params] = useSearchParams();
  const write = useMay("rules.write");
  const filter = withParam(params, "sub", []).toString();
  const search = filter ? `?${filter}` : "";
  return (
    <div>
      <PageHeader title="Rules" about={about}>
        {write && <Group gap="xs">
          <Button component={Link} to="/rules/packs" variant="default" leftSection={<IconFileImport size={15} />}>Import</Button>
          <Button component={Link} to="/rules/new" leftSection={<IconPlus size={15} />}>New rule</Button>
        </Group>}
      </PageHeader>
      <nav className={css.tabs} aria-label="Views of the rules">
        <NavLink end to={`/rules${search}`}>Catalogue</NavLink>
        <NavLink to={`/rules/attack${search}`}>ATT&CK</NavLink>
        <NavLink to="/rules/packs">Packs</NavLink>
      </nav>
    </div>
  );
}
