// The sections of the settings, in the order of their tabs. Each has a route below /settings in main.tsx.
import type { Permission } from "../access/session";
import type { LinkTab } from "../shared/LinkTabs";

export interface Section extends LinkTab {
  /** Without it the section has nothing to show. */
  needs?: Permission;
}

export const sections: readonly Section[] = [
  { to: "/settings/account", label: "Own account" },
  { to: "/settings/users", label: "Users", needs: "users.manage" },
  { to: "/settings/keys", label: "API keys", needs: "users.manage" },
  { to: "/settings/notifications", label: "Notifications", needs: "settings.read" },
  { to: "/settings/assets", label: "Assets", needs: "statistics.read" },
  { to: "/settings/retention", label: "Retention", needs: "statistics.read" },
  { to: "/settings/doctor", label: "Doctor", needs: "settings.write" },
];
