import "@fontsource-variable/inter/wght.css";
import "@fontsource/ibm-plex-mono/latin-400.css";
import "@fontsource/ibm-plex-mono/latin-500.css";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/global.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, Navigate, RouterProvider } from "react-router";
import { Only } from "./access/Only";
import { sessionKey } from "./access/session";
import { Problem } from "./api/problem";
import { onSessionWanted } from "./api/session";
import { PreferencesProvider } from "./app/preferences";
import { Shell } from "./app/Shell";
import { Empty, Loading } from "./shared/states";
import { theme, variables } from "./theme";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // A server that answered has said its word; one that is away is asked again until it is back.
      retry: (_, error) => !(error instanceof Problem),
      retryDelay: (attempt) => Math.min(1000 * 2 ** attempt, 10_000),
      refetchOnWindowFocus: false,
      staleTime: 5_000,
    },
  },
});

onSessionWanted(() => void client.invalidateQueries({ queryKey: sessionKey }));

const router = createBrowserRouter([
  { path: "welcome", hydrateFallbackElement: <Loading what="page" />, lazy: async () => ({ Component: (await import("./access/WelcomePage")).WelcomePage }) },
  { path: "sign-in", element: <Navigate to={`/home${location.search}`} replace /> },
  {
    element: <Shell />,
    hydrateFallbackElement: <Loading what="page" />,
    errorElement: <Shell broken />,
    children: [
      { index: true, element: <Navigate to="/home" replace /> },
      { path: "home", lazy: async () => ({ Component: (await import("./home/HomePage")).HomePage }) },
      { path: "events", lazy: async () => ({ Component: (await import("./events/EventsPage")).EventsPage }) },
      { path: "hunting", lazy: async () => ({ Component: (await import("./hunting/HuntingPage")).HuntingPage }) },
      { path: "hunting/schedules", lazy: async () => ({ Component: (await import("./hunting/schedules/SchedulesPage")).SchedulesPage }) },
      { path: "hunting/schedules/new", lazy: async () => ({ Component: (await import("./hunting/schedules/ScheduleForm")).ScheduleFormPage }) },
      { path: "hunting/schedules/:id", lazy: async () => ({ Component: (await import("./hunting/schedules/SchedulePage")).SchedulePage }) },
      { path: "hunting/schedules/:id/edit", lazy: async () => ({ Component: (await import("./hunting/schedules/ScheduleForm")).ScheduleFormPage }) },
      { path: "events/timeline", lazy: async () => ({ Component: (await import("./events/TimelinePage")).TimelinePage }) },
      {
        path: "alerts",
        lazy: async () => ({ Component: (await import("./alerts/AlertsLayout")).AlertsLayout }),
        children: [
          { index: true, lazy: async () => ({ Component: (await import("./alerts/queue/QueuePage")).QueuePage }) },
          {
            element: <Only permission="statistics.read" who="How all alerts turn out is for those who see every intake" />,
            children: [
              { path: "outcomes", lazy: async () => ({ Component: (await import("./alerts/outcomes/OutcomesPage")).OutcomesPage }) },
              { path: "noisy", lazy: async () => ({ Component: (await import("./alerts/noisy/NoisyPage")).NoisyPage }) },
            ],
          },
        ],
      },
      { path: "alerts/:id", lazy: async () => ({ Component: (await import("./alerts/one/AlertPage")).AlertPage }) },
      { path: "rules", lazy: async () => ({ Component: (await import("./rules/RulesPage")).RulesPage }) },
      { path: "rules/attack", lazy: async () => ({ Component: (await import("./rules/attack/AttackPage")).AttackPage }) },
      { path: "rules/packs", lazy: async () => ({ Component: (await import("./rules/packs/PacksPage")).PacksPage }) },
      { path: "rules/:id", lazy: async () => ({ Component: (await import("./rules/one/RulePage")).RulePage }) },
      {
        element: <Only permission="rules.write" who="Rules are written by administrators and analysts who see every intake" />,
        children: [
          { path: "rules/new", lazy: async () => ({ Component: (await import("./rules/editor/EditorPage")).EditorPage }) },
          { path: "rules/:id/edit", lazy: async () => ({ Component: (await import("./rules/editor/EditorPage")).EditorPage }) },
        ],
      },
      { path: "rules/:id/explain", lazy: async () => ({ Component: (await import("./rules/explain/ExplainPage")).ExplainPage }) },
      {
        element: <Only permission="jobs.read" who="Jobs are for those who see every intake" />,
        children: [
          { path: "jobs", lazy: async () => ({ Component: (await import("./jobs/JobsPage")).JobsPage }) },
          { path: "jobs/:id", lazy: async () => ({ Component: (await import("./jobs/JobPage")).JobPage }) },
        ],
      },
      {
        element: <Only permission="jobs.run" who="Hunts are started by administrators and analysts who see every intake" />,
        children: [{ path: "jobs/new", lazy: async () => ({ Component: (await import("./jobs/HuntPage")).HuntPage }) }],
      },
      { path: "intakes", lazy: async () => ({ Component: (await import("./intakes/IntakesPage")).IntakesPage }) },
      { path: "intakes/new", lazy: async () => ({ Component: (await import("./intakes/form/FormPage")).FormPage }) },
      {
        element: <Only permission="intakes.write" who="Intakes are set up by administrators" />,
        children: [{ path: "intakes/new/azure", lazy: async () => ({ Component: (await import("./intakes/setup/SetupPage")).SetupPage }) }],
      },
      { path: "intakes/:name", lazy: async () => ({ Component: (await import("./intakes/one/IntakePage")).IntakePage }) },
      { path: "intakes/:name/edit", lazy: async () => ({ Component: (await import("./intakes/form/FormPage")).FormPage }) },
      { path: "trust", lazy: async () => ({ Component: (await import("./trust/TrustPage")).TrustPage }) },
      {
        element: <Only permission="quarantine.read" who="The quarantine is for administrators and analysts" />,
        children: [{ path: "quarantine", lazy: async () => ({ Component: (await import("./quarantine/QuarantinePage")).QuarantinePage }) }],
      },
      {
        path: "settings",
        lazy: async () => ({ Component: (await import("./settings/SettingsLayout")).SettingsLayout }),
        children: [
          { index: true, element: <Navigate to="/settings/account" replace /> },
          { path: "account", lazy: async () => ({ Component: (await import("./settings/AccountPage")).AccountPage }) },
          {
            element: <Only permission="users.manage" who="Users and API keys are managed by administrators" />,
            children: [
              { path: "users", lazy: async () => ({ Component: (await import("./settings/UsersPage")).UsersPage }) },
              { path: "keys", lazy: async () => ({ Component: (await import("./settings/KeysPage")).KeysPage }) },
            ],
          },
          {
            element: <Only permission="settings.read" who="Notifications are for administrators and analysts who see every intake" />,
            children: [{ path: "notifications", lazy: async () => ({ Component: (await import("./settings/NotificationsPage")).NotificationsPage }) }],
          },
          {
            element: <Only permission="statistics.read" who="Assets and retention are for those who see every intake" />,
            children: [
              { path: "assets", lazy: async () => ({ Component: (await import("./settings/AssetsPage")).AssetsPage }) },
              { path: "retention", lazy: async () => ({ Component: (await import("./settings/RetentionPage")).RetentionPage }) },
            ],
          },
          {
            element: <Only permission="settings.write" who="The doctor is for administrators" />,
            children: [{ path: "doctor", lazy: async () => ({ Component: (await import("./settings/DoctorPage")).DoctorPage }) }],
          },
        ],
      },
      {
        element: <Only permission="audit.read" who="The audit log is for administrators" />,
        children: [{ path: "audit", lazy: async () => ({ Component: (await import("./audit/AuditPage")).AuditPage }) }],
      },
      { path: "about", lazy: async () => ({ Component: (await import("./about/AboutPage")).AboutPage }) },
      { path: "*", element: <Empty title="There is no such page">The navigation shows those that there are.</Empty> },
    ],
  },
]);

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <QueryClientProvider client={client}>
        <PreferencesProvider>
          <RouterProvider router={router} />
        </PreferencesProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
