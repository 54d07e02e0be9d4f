import { ActionIcon, Group, Menu, SegmentedControl, Text, TextInput, Tooltip, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconLogout, IconMoon, IconSun, IconUser, IconUserCircle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "react-router";
import { useEntered, useIdentity } from "../access/session";
import { answer, api } from "../api/client";
import type { Identity } from "../api/client";
import { failed } from "../shared/failed";
import { useName, useZone } from "./preferences";
import css from "./Shell.module.css";

/** RailFoot is what a reader sets for himself: who he is, the zone of times, the theme. */
export function RailFoot() {
  const { zone, setZone } = useZone();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const other = scheme === "dark" ? "light" : "dark";
  const identity = useIdentity();
  return (
    <div className={css.foot}>
      {identity?.kind === "user" ? <UserMenu identity={identity} /> : <OwnName />}
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

function UserMenu({ identity }: { identity: Identity }) {
  const entered = useEntered();
  const signOut = useMutation({ mutationFn: () => answer(api.DELETE("/api/v1/session")), onSuccess: entered, onError: failed });
  return (
    <Menu position="top-start" width={200}>
      <Menu.Target>
        <UnstyledButton className={css.user ?? ""} aria-label={`Signed in as ${identity.displayName || identity.name}`}>
          <Group gap={8} wrap="nowrap">
            <IconUserCircle size={22} stroke={1.5} aria-hidden />
            <div style={{ minWidth: 0 }}>
              <Text size="xs" fw={600} truncate>{identity.displayName || identity.name}</Text>
              <Text fz={11} truncate>{identity.role}{identity.intakes.length > 0 ? `, ${identity.intakes.length === 1 ? identity.intakes[0] : `${identity.intakes.length} intakes`}` : ""}</Text>
            </div>
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to="/settings/account" leftSection={<IconUser size={15} />}>Own account</Menu.Item>
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => signOut.mutate()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** OwnName is what somebody calls himself where nobody has to sign in. */
function OwnName() {
  const [name, setName] = useName();
  return (
    <TextInput
      size="xs" placeholder="Your name" aria-label="Your name, for the history of what you change" value={name} maxLength={100} autoComplete="name"
      classNames={{ input: css.name ?? "" }} onChange={(e) => setName(e.currentTarget.value)}
    />
  );
}
