import { Alert, Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useMay } from "../access/session";
import type { NotificationTarget } from "../api/client";
import { Empty, Failure, Loading } from "../shared/states";
import { Deliveries } from "./notifications/Deliveries";
import { useTargets } from "./notifications/queries";
import { TargetDrawer } from "./notifications/TargetDrawer";
import { Targets } from "./notifications/Targets";

/** NotificationsPage is where notifications go, and what came of them. */
export function NotificationsPage() {
  const targets = useTargets();
  const write = useMay("settings.write");
  const [edited, setEdited] = useState<NotificationTarget | "new">();
  const [made, setMade] = useState<NotificationTarget>();
  if (targets.isPending) return <Loading what="notification targets" />;
  if (!targets.data) return <Failure error={targets.error} retry={() => void targets.refetch()} />;
  const list = targets.data.targets;
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-end">
        <Text size="sm" c="dimmed" maw={640}>Who is told when an alert is raised, opened again or becomes more urgent: a program by webhook, people by e-mail, Slack or Teams.</Text>
        {write && <Button leftSection={<IconPlus size={15} />} onClick={() => setEdited("new")}>New target</Button>}
      </Group>
      {made?.secret && <MadeKey target={made} onClose={() => setMade(undefined)} />}
      {list.length === 0
        ? <section className="panel"><Empty title="Nobody is told yet">{write ? "Make a target, send it a test, and alerts are told of from then on." : "Administrators make targets."}</Empty></section>
        : <Targets targets={list} onEdit={setEdited} />}
      {list.length > 0 && <Deliveries targets={list} />}
      {edited && (
        <TargetDrawer
          target={edited === "new" ? undefined : edited} onClose={() => setEdited(undefined)}
          onSaved={(t) => {
            setEdited(undefined);
            setMade(t);
          }}
        />
      )}
    </Stack>
  );
}

/** MadeKey shows the key that was made for a webhook: the server shows it this once. */
function MadeKey({ target, onClose }: { target: NotificationTarget; onClose: () => void }) {
  const key = target.secret ?? "";
  return (
    <Alert title={`The signing key of ${target.name}`} withCloseButton closeButtonLabel="Hide the key" onClose={onClose}>
      <Text size="sm" mb={6}>Whoever receives the webhook checks signatures with it. It is not shown again.</Text>
      <Group gap="xs"><Code style={{ overflowWrap: "anywhere" }}>{key}</Code><CopyButton value={key}>{({ copied, copy }) => <Button size="compact-xs" variant="default" onClick={copy}>{copied ? "Copied" : "Copy"}</Button>}</CopyButton></Group>
    </Alert>
  );
}
