import { Anchor, Stack, Text, ThemeIcon, Timeline } from "@mantine/core";
import { IconBell, IconPlugConnected, IconRadar2, IconSearch } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useMay } from "../access/session";
import type { Intake } from "../api/client";

/** FirstSteps lead from nothing to the first alert. */
export function FirstSteps({ intakes }: { intakes: Intake[] }) {
  const reading = intakes.some((i) => i.state === "running" || i.state === "waiting");
  const make = useMay("intakes.write");
  const step = !intakes.length ? 0 : reading ? 1 : 0;
  return (
    <section className="panel" aria-label="First steps">
      <h2>First steps</h2>
      <Stack p="lg">
        <Text size="sm" c="dimmed" maw={640}>Nothing is stored yet. Four steps lead from here to the first alert; this list goes away by itself when events arrive.</Text>
        <Timeline active={step} bulletSize={26} lineWidth={2}>
          <Step icon={IconPlugConnected} title={intakes.length > 0 ? "An intake is there" : "Make an intake"}>
            {intakes.length > 0
              ? reading ? "It reaches its source." : <>It does not reach its source yet: <To href="/intakes">see what it says</To>.</>
              : <>Tell Penstock where Microsoft Defender XDR streams to, and try the connection: {make ? <To href="/intakes/new">make an intake</To> : "an administrator does that"}.{make && <> Nothing there yet to stream to? <To href="/intakes/new/azure">Set it up with Azure</To>.</>}</>}
          </Step>
          <Step icon={IconSearch} title="Wait for events">Defender begins to write a few minutes after streaming is switched on in its portal. They show on <To href="/events">Events</To> a second after they come.</Step>
          <Step icon={IconRadar2} title="Look through the rules">The built-in ones work from the start; <To href="/rules">Rules</To> says which of them the arriving data can answer, and takes those of SigmaHQ.</Step>
          <Step icon={IconBell} title="Work the first alert">Matches and Defender's own alerts gather on <To href="/alerts">Alerts</To>.</Step>
        </Timeline>
      </Stack>
    </section>
  );
}

function Step({ icon: Icon, title, children }: { icon: typeof IconBell; title: string; children: ReactNode }) {
  return (
    <Timeline.Item title={title} bullet={<ThemeIcon size={26} radius="xl" variant="light"><Icon size={15} aria-hidden /></ThemeIcon>}>
      <Text size="sm" c="dimmed" maw={600}>{children}</Text>
    </Timeline.Item>
  );
}

function To({ href, children }: { href: string; children: ReactNode }) {
  return <Anchor component={Link} to={href} underline="always" size="sm">{children}</Anchor>;
}
