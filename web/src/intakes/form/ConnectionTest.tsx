import { Alert, Button, Group, Loader, Text, ThemeIcon, Timeline } from "@mantine/core";
import { IconCheck, IconMinus, IconPlugConnected, IconX } from "@tabler/icons-react";
import type { TestStep } from "../../api/client";
import { Problem } from "../../api/problem";
import { visible } from "../../events/document";
import { duration } from "../../time/format";
import type { Arriving } from "./draft";
import type { Walk } from "./useWalk";

/** ConnectionTest walks the way to where events are read with what the form says, and shows each step; or tells how to send, and waits for an event. */
export function ConnectionTest({ walk, source, onTest, onStop }: { walk: Walk; source: Arriving; onTest: () => void; onStop: () => void }) {
  const push = source === "http";
  const shown = walk.steps.length > 0;
  return (
    <section className="panel" aria-label="Connection test">
      <h2>Test the connection</h2>
      <div style={{ padding: "var(--mantine-spacing-md)" }}>
        <Text size="sm" c="dimmed" mb="sm" maw={720}>{push ? "Tells what to run to send an event. Once the intake is saved, it waits for one, for a minute at most." : `Goes the way to the ${source === "blob" ? "blobs" : "hub"} step by step with what is filled in above. Nothing is saved, and no event is taken.`}</Text>
        <Group gap="xs">
          <Button variant="light" leftSection={<IconPlugConnected size={15} />} loading={walk.running} onClick={onTest}>{shown ? "Test again" : "Test the connection"}</Button>
          {walk.running && <Button variant="default" onClick={onStop}>Stop</Button>}
        </Group>
        <div aria-live="polite">
          {shown && (
            <Timeline mt="lg" bulletSize={24} lineWidth={2} active={walk.steps.length}>
              {walk.steps.map((s) => <Timeline.Item key={s.name} bullet={<Bullet state={s.state} />} title={<Step step={s} />}><Outcome step={s} /></Timeline.Item>)}
            </Timeline>
          )}
          {walk.end && <End passed={walk.end.passed} open={walk.steps.some((s) => push && s.state === "skipped")} reason={walk.end.reason} />}
          {walk.error && (
            <Alert mt="md" color="red" py={8}>
              {walk.error instanceof Problem ? `${walk.error.faults.length > 0 ? "Nothing was sent: something is wrong with what is filled in." : walk.error.message} ${walk.error.hint ?? ""}` : "The server does not answer. Is Penstock running?"}
            </Alert>
          )}
        </div>
      </div>
    </section>
  );
}

function End({ passed, open, reason }: { passed: boolean; open: boolean; reason: string | undefined }) {
  if (passed && open) return <Alert mt="md" color="blue" py={8}>Nothing is in the way. Save it to get its key.</Alert>;
  if (passed) return <Alert mt="md" color="green" py={8}>The connection works.</Alert>;
  return <Alert mt="md" color="red" py={8}>{reason ?? "The connection does not work yet: mend what failed above, and test again."}</Alert>;
}

const colour: Record<TestStep["state"], string> = { running: "blue", passed: "green", failed: "red", skipped: "gray" };
const stateName: Record<TestStep["state"], string> = { running: "runs", passed: "passed", failed: "failed", skipped: "left out" };

function Bullet({ state }: { state: TestStep["state"] }) {
  if (state === "running") return <Loader size={14} />;
  const Icon = { passed: IconCheck, failed: IconX, skipped: IconMinus }[state];
  return <ThemeIcon size={24} radius="xl" variant="light" color={colour[state]}><Icon size={14} aria-hidden /></ThemeIcon>;
}

function Step({ step }: { step: TestStep }) {
  return (
    <Text size="sm" fw={600}>
      {visible(step.name.charAt(0).toUpperCase() + step.name.slice(1))}
      <Text span size="xs" c="dimmed" ml="xs">{stateName[step.state]}{step.state === "passed" || step.state === "failed" ? ` after ${duration(step.seconds)}` : ""}</Text>
    </Text>
  );
}

function Outcome({ step }: { step: TestStep }) {
  return (
    <div style={{ overflowWrap: "anywhere", maxWidth: 760 }}>
      {step.found && <Text size="sm" c="dimmed">{visible(step.found)}</Text>}
      {step.problem && <Text size="sm" c="red">{visible(step.problem)}</Text>}
      {step.hint && <Text size="sm"><b>To mend it:</b> {visible(step.hint)}</Text>}
    </div>
  );
}
