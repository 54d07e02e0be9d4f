// The sections of the settings, in the order of their tabs. Each has a route below /settings in main.tsx.
import type { LinkTab } from "../shared/LinkTabs";

export const sections: readonly LinkTab[] = [
  { to: "/settings/notifications", label: "Notifications" },
  { to: "/settings/assets", label: "Assets" },
];
