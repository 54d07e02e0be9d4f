import { Button, Group, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { visible } from "../events/document";
import { Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { useAlertComment, useAlertComments } from "./queries";
import css from "./AlertPage.module.css";

/** AlertComments is what was said about an alert, and where to say more. */
export function AlertComments({ id }: { id: number }) {
  const comments = useAlertComments(id);
  const comment = useAlertComment(id);
  const [text, setText] = useState("");
  const say = () => comment.mutate(text.trim(), { onSuccess: () => setText("") });
  return (
    <section className="panel" aria-label="Comments">
      <h2>Comments</h2>
      {comments.isPending && <Loading what="comments" />}
      {comments.isError && !comments.data && <Failure error={comments.error} retry={() => void comments.refetch()} />}
      {comments.data?.comments.map((c) => (
        <div key={c.id} className={css.entry}>
          <Group gap="xs"><Text size="sm" fw={600}>{visible(c.actor)}</Text><Time at={c.time} /></Group>
          <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{visible(c.text)}</Text>
        </div>
      ))}
      <Group p="md" align="flex-end" gap="xs">
        <Textarea
          flex={1} autosize minRows={1} maxRows={8} maxLength={16_000} aria-label="Comment" placeholder="What have you found out?" value={text} onChange={(e) => setText(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && text.trim()) say();
          }}
        />
        <Button disabled={text.trim() === ""} loading={comment.isPending} onClick={say}>Comment</Button>
      </Group>
    </section>
  );
}
