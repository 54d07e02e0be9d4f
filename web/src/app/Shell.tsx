import { AppShell, Burger, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBell, IconBiohazard, IconBooks, IconHistory, IconHome, IconInfoCircle, IconProgressCheck, IconRadar2, IconSearch, IconSettings, IconShieldCheck, IconTerminal2, IconTopologyStar3 } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { NavLink, Outlet, useRouteError } from "react-router";
import { signedOut, useSession } from "../access/session";
import type { Permission } from "../access/session";
import { Problem } from "../api/problem";
import { Failure, Loading } from "../shared/states";
import { RailFoot } from "./RailFoot";
import css from "./Shell.module.css";

// Who has signed in needs no form for it.
const SignInPage = lazy(async () => ({ default: (await import("../access/SignInPage")).SignInPage }));

interface Place {
  to: string;
  label: string;
  icon: typeof IconHome;
  /** Without it there is nothing to see there. */
  needs?: Permission;
}

const places: readonly Place[] = [
  { to: "/home", label: "Home", icon: IconHome },
  { to: "/events", label: "Events", icon: IconSearch, needs: "events.read" },
  { to: "/hunting", label: "Hunting", icon: IconTerminal2, needs: "hunts.run" },
  { to: "/alerts", label: "Alerts", icon: IconBell, needs: "alerts.read" },
  { to: "/rules", label: "Rules", icon: IconRadar2, needs: "rules.read" },
  { to: "/jobs", label: "Jobs", icon: IconProgressCheck, needs: "jobs.read" },
  { to: "/intakes", label: "Intakes", icon: IconTopologyStar3, needs: "intakes.read" },
  { to: "/formats", label: "Formats", icon: IconBooks, needs: "intakes.read" },
  { to: "/trust", label: "Trust", icon: IconShieldCheck, needs: "delivery.read" },
  { to: "/quarantine", label: "Quarantine", icon: IconBiohazard, needs: "quarantine.read" },
  { to: "/audit", label: "Audit log", icon: IconHistory, needs: "audit.read" },
  { to: "/settings", label: "Settings", icon: IconSettings },
  { to: "/about", label: "About", icon: IconInfoCircle },
];

/** Shell is the frame around every page: where one can go, the theme, the zone. */
export function Shell({ broken = false }: { broken?: boolean }) {
  const [open, { toggle, close }] = useDisclosure();
  const session = useSession();
  if (!session.data) return session.isError ? <Failure error={session.error} retry={() => void session.refetch()} /> : <Loading what="page" />;
  if (signedOut(session.data)) return <Suspense fallback={<Loading what="page" />}><SignInPage state={session.data} /></Suspense>;
  const may = session.data.identity?.permissions ?? [];
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
        {places.filter(({ needs }) => !needs || may.includes(needs)).map(({ to, label, icon: Icon }) => (
          <NavLink key={to} to={to} className={css.link ?? ""} onClick={close}>
            <Icon size={18} stroke={1.7} aria-hidden />{label}
          </NavLink>
        ))}
        <RailFoot />
      </AppShell.Navbar>
      <AppShell.Main id="main" className={css.main ?? ""} tabIndex={-1}>{broken ? <Broken /> : <Outlet />}</AppShell.Main>
    </AppShell>
  );
}

/** Broken stands in for a page that failed; most often the server was replaced by another version. */
function Broken() {
  const error = useRouteError();
  return <Failure error={new Problem(0, `The page failed: ${error instanceof Error ? error.message : String(error)}`, undefined, "Reloading it may help.", undefined)} retry={() => location.reload()} />;
}
