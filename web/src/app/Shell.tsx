import { ActionIcon, AppShell, Burger, Group, SegmentedControl, TextInput, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBell, IconBiohazard, IconHome, IconInfoCircle, IconMoon, IconRadar2, IconSearch, IconSettings, IconShieldCheck, IconSun, IconTopologyStar3 } from "@tabler/icons-react";
import { NavLink, Outlet, useRouteError } from "react-router";
import { Problem } from "../api/problem";
import { useTokenWanted } from "../api/session";
import { Failure } from "../shared/states";
import { useName, useZone } from "./preferences";
import { SignIn } from "./SignIn";
import css from "./Shell.module.css";

const pages = [
  { to: "/home", label: "Home", icon: IconHome },
  { to: "/events", label: "Events", icon: IconSearch },
  { to: "/alerts", label: "Alerts", icon: IconBell },
  { to: "/rules", label: "Rules", icon: IconRadar2 },
  { to: "/intakes", label: "Intakes", icon: IconTopologyStar3 },
  { to: "/trust", label: "Trust", icon: IconShieldCheck },
  { to: "/quarantine", label: "Quarantine", icon: IconBiohazard },
  { to: "/settings", label: "Settings", icon: IconSettings },
  { to: "/about", label: "About", icon: IconInfoCircle },
];

/** Shell is the frame around every page: where one can go, the theme, the zone. */
export function Shell({ broken = false }: { broken?: boolean }) {
  const [open, { toggle, close }] = useDisclosure();
  const tokenWanted = useTokenWanted();
  return (
    <AppShell navbar={{ width: 196, breakpoint: "sm", collapsed: { mobile: !open } }} header={{ height: { base: 46, sm: 0 } }} padding="lg">
      <a className={css.skip} href="#main">Skip to content</a>
      <AppShell.Header hiddenFrom="sm" px="md">
        <Group h="100%" justify="space-between">
          <b>Penstock</b>
          <Burger opened={open} onClick={toggle} size="sm" aria-label="Navigation" />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={css.rail ?? ""} aria-label="Pages">
        <div className={css.brand}><img src="/favicon.svg" alt="" width={24} height={24} />Penstock</div>
        {pages.map(({ to, label, icon: Icon }) => (
          <NavLink key={to} to={to} className={css.link ?? ""} onClick={close}>
            <Icon size={18} stroke={1.7} aria-hidden />{label}
          </NavLink>
        ))}
        <Preferences />
      </AppShell.Navbar>
      <AppShell.Main id="main" className={css.main ?? ""} tabIndex={-1}>{broken ? <Broken /> : tokenWanted ? <SignIn /> : <Outlet />}</AppShell.Main>
    </AppShell>
  );
}

/** Broken stands in for a page that failed; most often the server was replaced by another version. */
function Broken() {
  const error = useRouteError();
  return <Failure error={new Problem(0, `The page failed: ${error instanceof Error ? error.message : String(error)}`, undefined, "Reloading it may help.", undefined)} retry={() => location.reload()} />;
}

function Preferences() {
  const { zone, setZone } = useZone();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const other = scheme === "dark" ? "light" : "dark";
  const [name, setName] = useName();
  return (
    <div className={css.foot}>
      <TextInput
        size="xs" placeholder="Your name" aria-label="Your name, for the history of what you change" value={name} maxLength={100} autoComplete="name"
        classNames={{ input: css.name ?? "" }} onChange={(e) => setName(e.currentTarget.value)}
      />
      <SegmentedControl
        size="xs" value={zone} onChange={(v) => setZone(v)} aria-label="Zone of times"
        data={[{ value: "local", label: "Local" }, { value: "utc", label: "UTC" }]}
      />
      <Tooltip label={`Use the ${other} theme`} position="right">
        <ActionIcon variant="subtle" color="gray.4" aria-label={`Use the ${other} theme`} onClick={() => setColorScheme(other)}>
          {scheme === "dark" ? <IconSun size={18} /> : <IconMoon size={18} />}
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
