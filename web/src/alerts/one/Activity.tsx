import { Button, Group, SegmentedControl, Text, Textarea } from "@mantine/core";
import { IconMessage, IconPencil, IconRobot } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useMay } from "../../access/session";
import { visible } from "../../events/document";
import { Failure, Loading } from "../../shared/states";
import { Time } from "../../shared/Time";
import { useAlertComment, useAlertComments, useAlertHistory } from "../queries";
import css from "./AlertPage.module.css";
import { streamOf } from "./stream";
import type { Deed } from "./stream";

/** So many are shown at first. */
const few = 30;

/** Activity is what was said and done about an alert, the newest first, and where to say more. What was said stays. */
export function Activity({ id }: { id: number }) {
  const comments = useAlertComments(id);
  const history = useAlertHistory(id);
  const comment = useAlertComment(id);
  const work = useMay("alerts.work");
  const [text, setText] = useState("");
  const [what, setWhat] = useState("all");
  const [all, setAll] = useState(false);
  const deeds = useMemo(() => streamOf(history.data?.entries ?? [], comments.data?.comments ?? []).filter((d) => what === "all" || d.comment !== undefined), [history.data, comments.data, what]);
  const say = () => {
    if (text.trim()) comment.mutate(text.trim(), { onSuccess: () => setText("") });
  };
  const error = comments.error ?? history.error;
  return (
    <section className="panel" aria-label="Activity">
      <h2>
        <Group justify="space-between" component="span">
          Activity
          <SegmentedControl size="xs" aria-label="What is shown" value={what} onChange={setWhat} data={[{ value: "all", label: "Everything" }, { value: "comments", label: "Comments" }]} />
        </Group>
      </h2>
      {work && <Group px="md" py="sm" align="flex-end" gap="xs">
        <Textarea
          flex={1} autosize minRows={1} maxRows={8} maxLength={16_000} aria-label="Comment" placeholder="What have you found out?" value={text} onChange={(e) => setText(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) say();
          }}
        />
        <Button variant="default" disabled={text.trim() === ""} loading={comment.isPending} onClick={say}>Comment</Button>
      </Group>}
      {(comments.isPending || history.isPending) && <Loading what="activity" />}
      {error && !comments.data && <Failure error={error} retry={() => void Promise.all([comments.refetch(), history.refetch()])} />}
      {comments.data && history.data && deeds.length === 0 && <Text px="md" pb="md" pt={work ? 0 : "md"} size="sm" c="dimmed">Nobody has said or done anything about it yet.</Text>}
      <ol className={css.stream}>{(all ? deeds : deeds.slice(0, few)).map((d) => <Done key={d.key} deed={d} />)}</ol>
      {!all && deeds.length > few && <Button m={8} size="compact-xs" variant="subtle" onClick={() => setAll(true)}>Show all {deeds.length}</Button>}
    </section>
  );
}

function Done({ deed: d }: { deed: Deed }) {
  const Icon = d.comment !== undefined ? IconMessage : d.actor ? IconPencil : IconRobot;
  return (
    <li className={css.deed} data-comment={d.comment !== undefined || undefined}>
      <Icon size={15} stroke={1.6} aria-hidden />
      <div className={css.grow}>
        <Group gap={8}>
          <Text size="sm" component="span"><Text span fw={600} size="sm"><bdi>{d.actor ? visible(d.actor) : "Penstock"}</bdi></Text>{d.comment === undefined ? ` ${visible(d.changes.join("; "))}` : " said"}</Text>
          <Text size="xs" c="dimmed" component="span"><Time at={d.time} /></Text>
        </Group>
        {d.comment !== undefined && <Text size="sm" mt={2} className={css.said ?? ""}><bdi>{visible(d.comment)}</bdi></Text>}
      </div>
    </li>
  );
}
