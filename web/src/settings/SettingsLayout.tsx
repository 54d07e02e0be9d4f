import { Box } from "@mantine/core";
import { Outlet } from "react-router";
import { useIdentity } from "../access/session";
import { LinkTabs } from "../shared/LinkTabs";
import { PageHeader } from "../shared/PageHeader";
import { sections } from "./sections";

/** SettingsLayout is the frame of the settings: a tab for each section, each under an address of its own. */
export function SettingsLayout() {
  const may = useIdentity()?.permissions ?? [];
  return (
    <>
      <PageHeader title="Settings" about="What this Penstock is told once." />
      <LinkTabs name="Settings" tabs={sections.filter(({ needs }) => !needs || may.includes(needs))} />
      <Box pt="md"><Outlet /></Box>
    </>
  );
}
