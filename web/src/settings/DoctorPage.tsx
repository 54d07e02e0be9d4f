import { Button, Checkbox, CopyButton, Group, Select, Stack, Text } from "@mantine/core";
import { IconCheck, IconCopy, IconStethoscope } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api } from "../api/client";
import type { DoctorReport } from "../api/client";
import { visible } from "../events/document";
import { useIntakes } from "../intakes/queries";
import { failed } from "../shared/failed";
import { Figure } from "../shared/Figure";
import { Time } from "../shared/Time";
import { asText, bySubject, countOf, severities } from "./doctor/report";
import { FindingRow } from "./doctor/FindingRow";

const key = ["doctor"];

/** DoctorPage lets Penstock find out what is wrong with it, and says how to mend it. */
export function DoctorPage() {
  const client = useQueryClient();
  const intakes = useIntakes();
  const [intake, setIntake] = useState<string | null>(null);
  const [all, setAll] = useState(false);
  const run = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/doctor", { body: intake === null ? {} : { intake } })),
    onSuccess: (report) => client.setQueryData(key, report), // it is there when one comes back to the page
    onError: failed,
  });
  const report = run.data ?? client.getQueryData<DoctorReport>(key);
  return (
    <Stack gap="md">
      <section className="panel" aria-label="Doctor">
        <h2>What is wrong, and how to mend it</h2>
        <Stack p="md" gap="sm">
          <Text size="sm" maw={860}>
            The doctor looks at everything that reading needs: names, ports, certificates, clocks, sign-in, hubs, consumer groups, storage, the disk and limits. It leaves nothing behind, and shows no secrets. It takes up to a minute and a half.
          </Text>
          <Group gap="sm" align="flex-end">
            <Select label="Look at" data={intakes.data?.intakes.map((i) => ({ value: i.name, label: visible(i.name) })) ?? []} value={intake} onChange={setIntake} placeholder="every intake" clearable clearButtonProps={{ "aria-label": "Look at every intake" }} w={240} />
            <Button leftSection={<IconStethoscope size={16} />} loading={run.isPending} onClick={() => { run.mutate(); }}>{report ? "Look again" : "Look"}</Button>
          </Group>
          {run.isPending && <Text size="sm" c="dimmed" role="status">Looking…</Text>}
        </Stack>
      </section>
      {report && <Found report={report} all={all} setAll={setAll} />}
    </Stack>
  );
}

function Found({ report, all, setAll }: { report: DoctorReport; all: boolean; setAll: (all: boolean) => void }) {
  return (
    <>
      <section className="panel" aria-label="Findings">
        <Stack p="md" gap="sm">
          <Group gap={36}>
            {severities.map(({ severity, label }) => <Figure key={severity} name={label} value={String(countOf(report, severity))} tone={severity === "fail" && countOf(report, severity) > 0 ? "bad" : "plain"} />)}
            <div><Text size="xs" c="dimmed">Looked</Text><Time at={report.began} /></div>
          </Group>
          <Group gap="sm">
            <Checkbox label="Show what is right, too" checked={all} onChange={(e) => { setAll(e.currentTarget.checked); }} />
            <CopyReport text={asText(report)} label="Copy as text" />
            <CopyReport text={JSON.stringify(report, undefined, 2)} label="Copy as JSON" />
          </Group>
        </Stack>
      </section>
      {bySubject(report, all).map(({ subject, findings, right }) => (
        <section key={subject} className="panel" aria-label={visible(subject)}>
          <h2>{visible(subject)}</h2>
          {findings.length === 0
            ? <Text size="sm" c="dimmed" p="md">Nothing is wrong here: {right === 1 ? "one thing was" : `${right} things were`} looked at.</Text>
            : <Stack gap="md" p="md" role="list">{findings.map((f, i) => <FindingRow key={`${f.id}/${i}`} finding={f} />)}</Stack>}
        </section>
      ))}
    </>
  );
}

function CopyReport({ text, label }: { text: string; label: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => <Button size="compact-sm" variant="light" leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />} onClick={copy}>{copied ? "Copied" : label}</Button>}
    </CopyButton>
  );
}
