import { Anchor, Checkbox, Group, Progress, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue, useLocalStorage } from "@mantine/hooks";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import type { AzureGuide, DeploymentOptions, GuideStep } from "../../api/client";
import { toggled } from "../../shared/address";
import { Copy } from "../../shared/Copy";
import { PageHeader } from "../../shared/PageHeader";
import { Failure, Loading } from "../../shared/states";
import { Arrivals } from "./Arrivals";
import { DeploymentText } from "./DeploymentText";
import { NamespaceField } from "./NamespaceField";
import { PlanForm } from "./PlanForm";
import { useGuide } from "./queries";

const settling = 300;
const usualProject = "acme";

/** SetupPage leads from an empty Azure subscription to events: a list of steps, each with what it needs, what is copied, and how to see that it worked. */
export function SetupPage() {
  const [params, setParams] = useSearchParams();
  const project = params.get("project") ?? usualProject;
  const chosen = params.get("cloud");
  const [sized, setSized] = useState<Partial<DeploymentOptions>>({});
  const options: DeploymentOptions = { ...sized, project, ...(chosen ? { cloud: chosen } : {}) };
  const [settled] = useDebouncedValue(options, settling);
  const guide = useGuide(settled);
  const cloud = chosen ?? guide.data?.cloud ?? "";
  const put = (name: string, value: string) => setParams((p) => {
    p.set(name, value);
    return p;
  }, { replace: true });
  return (
    <>
      <PageHeader title="Set up with Azure" about="From an empty subscription to the first events. What is done is remembered in this browser." />
      <Stack gap="md">
        <section className="panel" aria-label="Names">
          <Group p="md" align="flex-start">
            <TextInput label="Project" description="Prefix of every name" value={project} maxLength={22} spellCheck={false} onChange={(e) => put("project", e.currentTarget.value)} error={guide.isError && guide.error.message} />
            <Select
              label="Cloud" description="Where the tenant is" allowDeselect={false} value={cloud} onChange={(v) => v && put("cloud", v)}
              data={guide.data?.clouds.map((c) => ({ value: c.id, label: c.name })) ?? []}
            />
          </Group>
        </section>
        {guide.data ? <Steps guide={guide.data} options={settled} onSized={setSized} /> : guide.isError ? <Failure error={guide.error} /> : <Loading what="the steps" />}
      </Stack>
    </>
  );
}

interface StepsProps {
  guide: AzureGuide;
  options: DeploymentOptions;
  onSized: (o: Partial<DeploymentOptions>) => void;
}

function Steps({ guide, options, onSized }: StepsProps) {
  const [done, setDone] = useLocalStorage<string[]>({ key: `penstock.setup.${options.project}`, defaultValue: [], getInitialValueInEffect: false });
  const reached = guide.steps.filter((s) => done.includes(s.id)).length;
  return (
    <>
      <Group gap="sm">
        <Progress value={(100 * reached) / guide.steps.length} w={240} aria-label="Steps that are done" />
        <Text size="sm" c="dimmed">{reached} of {guide.steps.length} steps are done</Text>
      </Group>
      {!guide.streams && <Text role="alert" c="var(--ps-bad)">Defender XDR does not stream from this cloud. The deployment works all the same, for other senders.</Text>}
      {guide.steps.map((s, i) => (
        <section key={s.id} className="panel" aria-label={s.title} id={s.id}>
          <Group px="md" py="sm" justify="space-between" style={{ borderBottom: "1px solid var(--ps-line)" }}>
            <Text fw={640} component="h2">{i + 1}. {s.title}</Text>
            <Checkbox label="Done" aria-label={`Done: ${s.title}`} checked={done.includes(s.id)} onChange={() => setDone((list) => toggled(list, s.id))} />
          </Group>
          <Stack p="md" gap="sm">
            <Text size="sm">{s.text}</Text>
            <Where step={s} />
            {s.id === "plan" && <PlanForm tables={guide.tables} onSized={onSized} />}
            {s.id === "deploy" && <DeploymentText options={options} />}
            {s.values && <Values step={s} />}
            {s.check === "id" && <NamespaceField />}
            {s.check === "connection" && <Text size="sm"><Anchor component={Link} to="/intakes/new" underline="always">Make the intake</Anchor>: its form tests the connection step by step and says what is wrong.</Text>}
            {s.check === "arrival" && <Arrivals />}
          </Stack>
        </section>
      ))}
    </>
  );
}

function Where({ step }: { step: GuideStep }) {
  return (
    <Text size="sm" c="dimmed" component="div">
      <div>Where: {step.link ? <Anchor href={step.link} target="_blank" rel="noreferrer" inherit underline="always">{step.where}</Anchor> : step.where}</div>
      <div>Needed: {step.right}</div>
    </Text>
  );
}

function Values({ step }: { step: GuideStep }) {
  return (
    <table>
      <tbody>
        {step.values?.map((v) => (
          <tr key={v.label}>
            <th scope="row" style={{ textAlign: "left", fontWeight: 500, paddingRight: 16, whiteSpace: "nowrap", verticalAlign: "top" }}>{v.label}</th>
            <td><Group gap={6} wrap="nowrap"><code style={{ overflowWrap: "anywhere" }}>{v.value}</code><Copy text={v.value} what={`${v.label} of ${step.title}`} /></Group></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
