import { Alert, ActionIcon, Anchor, Badge, Button, Group, Stack, Text, Title, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconKeyboard } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import type { AlertDetail, AlertEdit } from "../../api/client";
import { useMay } from "../../access/session";
import { Problem } from "../../api/problem";
import { useName } from "../../app/preferences";
import { visible } from "../../events/document";
import { Level } from "../../shared/Level";
import { Time } from "../../shared/Time";
import { useKeys } from "../../shared/useKeys";
import { count, duration } from "../../time/format";
import { CloseDialogue } from "../CloseDialogue";
import { KeysHelp } from "../KeysHelp";
import { useAlertEdit } from "../queries";
import { originName, outcome, statusColour } from "../words";
import { AlertActions } from "./AlertActions";
import css from "./AlertPage.module.css";
import { CopyMarkdown } from "./CopyMarkdown";
import { useQueue } from "./useQueue";

const readingKeys: [string[], string][] = [[["j"], "Next alert of the queue"], [["k"], "Alert before"], [["u"], "Back to the queue"], [["?"], "These keys"]];
const workingKeys: [string[], string][] = [[["a"], "Acknowledge it"], [["c"], "Close it with a verdict"], [["m"], "Assign it to me"]];

/** Head says which alert it is and how it stands, and takes what is decided about it. */
export function Head({ alert }: { alert: AlertDetail }) {
  const edit = useAlertEdit(alert.id);
  const queue = useQueue(alert.id);
  const navigate = useNavigate();
  const [name] = useName();
  const work = useMay("alerts.work");
  const [closing, setClosing] = useState<number>();
  const [help, setHelp] = useState(false);
  const back = `/alerts${queue.address && `?${queue.address}`}`;
  const go = (id: number | undefined) => id !== undefined && void navigate(`/alerts/${id}`, { state: { queue: queue.address } });
  // A key that is pressed twice must not meet the change of its first.
  const change = (e: AlertEdit) => !edit.isPending && edit.mutate({ version: alert.version, edit: e });
  useKeys({
    j: () => go(queue.next),
    k: () => go(queue.previous),
    u: () => void navigate(back),
    "?": () => setHelp(true),
    ...(work && {
      a: () => alert.steps.includes("acknowledged") && change({ status: "acknowledged" }),
      m: () => name.trim() && change({ assignee: name.trim() }),
      c: () => alert.status !== "closed" && setClosing(alert.version),
    }),
  });
  const conflict = edit.error instanceof Problem && edit.error.status === 409 ? edit.error : undefined;
  return (
    <Stack gap="xs">
      <Group gap="xs" justify="space-between">
        <Group gap={4}>
          <Anchor component={Link} underline="always" to={back} size="sm" mr="sm">← Queue</Anchor>
          <Neighbour label="Alert before (k)" to={queue.previous} queue={queue.address} icon={IconChevronLeft} />
          <Text size="xs" c="dimmed" className={css.place}>{queue.position > 0 ? `${queue.position} of ${queue.loaded}${queue.more ? "+" : ""}` : "not in the queue"}</Text>
          <Neighbour label="Next alert (j)" to={queue.next} queue={queue.address} icon={IconChevronRight} />
        </Group>
        <Group gap={6}>
          <CopyMarkdown alert={alert} />
          <Tooltip label="Keys (?)"><ActionIcon variant="default" aria-label="Keys" onClick={() => setHelp(true)}><IconKeyboard size={16} /></ActionIcon></Tooltip>
        </Group>
      </Group>
      <Group gap="sm" align="center">
        <Level level={alert.band}>{`${alert.urgency} ${alert.band}`}</Level>
        <Title order={1} className={css.title ?? ""}><bdi>{visible(alert.title)}</bdi></Title>
        <Badge color={statusColour[alert.status]} variant="light" tt="none" data-testid="outcome">{outcome(alert)}</Badge>
      </Group>
      <Text size="sm" c="dimmed" component="div">
        Alert {alert.id} · {originName[alert.origin]} · {count(alert.occurrences)} {alert.occurrences === 1 ? "occurrence" : "occurrences"} · <Time at={alert.first} />{alert.last !== alert.first && <> to <Time at={alert.last} /></>}
        {alert.acknowledged && ` · acknowledged after ${since(alert.created, alert.acknowledged)}`}{alert.closed && ` · closed after ${since(alert.created, alert.closed)}`}
        {alert.reopened > 0 && ` · reopened ${alert.reopened}×`}
      </Text>
      {conflict && (
        <Alert color="yellow" role="alert" title="Somebody changed this meanwhile" withCloseButton closeButtonLabel="Leave it as it is now" onClose={() => edit.reset()}>
          <Group gap="sm">
            <Text size="sm">{conflict.message} What you wanted was not done; what you see now is how it stands.</Text>
            {edit.variables && <Button size="compact-sm" variant="default" onClick={() => change(edit.variables.edit)}>Do it all the same</Button>}
          </Group>
        </Alert>
      )}
      {work ? <AlertActions alert={alert} busy={edit.isPending} change={change} onClose={() => setClosing(alert.version)} /> : <Standing alert={alert} />}
      {closing !== undefined && (
        <CloseDialogue
          many={1} busy={edit.isPending} onCancel={() => setClosing(undefined)}
          onClose={(verdict, comment) => edit.mutate({ version: closing, edit: { status: "closed", verdict, ...(comment ? { comment } : {}) } }, { onSettled: () => setClosing(undefined) })}
        />
      )}
      <KeysHelp keys={work ? [...readingKeys, ...workingKeys] : readingKeys} opened={help} onClose={() => setHelp(false)} />
    </Stack>
  );
}

/** Standing is whose an alert is and its tags, for those who may not change them. */
function Standing({ alert }: { alert: AlertDetail }) {
  return (
    <Text size="sm" c="dimmed">
      <bdi>{alert.assignee ? `Assigned to ${visible(alert.assignee)}` : "Assigned to nobody"}</bdi>
      {alert.tags.length > 0 && <> · tagged <bdi>{visible(alert.tags.join(", "))}</bdi></>}
    </Text>
  );
}

function since(from: string, to: string): string {
  return duration((Date.parse(to) - Date.parse(from)) / 1000);
}

function Neighbour({ label, to, queue, icon: Icon }: { label: string; to: number | undefined; queue: string; icon: typeof IconChevronLeft }) {
  if (to === undefined) return <ActionIcon variant="subtle" color="gray" size="sm" disabled aria-label={label}><Icon size={16} /></ActionIcon>;
  return <Tooltip label={label}><ActionIcon variant="subtle" color="gray" size="sm" component={Link} to={`/alerts/${to}`} state={{ queue }} aria-label={label}><Icon size={16} /></ActionIcon></Tooltip>;
}
