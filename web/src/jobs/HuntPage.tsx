import { Alert, Anchor, Button, Checkbox, Group, MultiSelect, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { answer, api } from "../api/client";
import { faultOf, Problem } from "../api/problem";
import { visible } from "../events/document";
import { useRulesNamed } from "../rules/queries";
import { PageHeader } from "../shared/PageHeader";
import { TimeRangePicker } from "../time/TimeRangePicker";
import { readHunt, workOf, writeHunt } from "./hunt";
import type { Hunt } from "./hunt";
import { useStartJob } from "./queries";
import css from "./Jobs.module.css";

/** HuntPage starts a job that runs rules over what is stored. What is filled in is in its address. */
export function HuntPage() {
  const [params, setParams] = useSearchParams();
  const hunt = readHunt(params);
  const change = (part: Partial<Hunt>) => setParams(writeHunt({ ...hunt, ...part }), { replace: true });
  const start = useStartJob();
  const navigate = useNavigate();
  const tables = useQuery({ queryKey: ["lake"], queryFn: ({ signal }) => answer(api.GET("/api/v1/lake", { signal })), staleTime: 60_000 });
  const submit = () => {
    const work = workOf(hunt, new Date());
    if (work) start.mutate(work, { onSuccess: (job) => void navigate(`/jobs/${job.id}`) });
  };
  const ofQuery = start.error instanceof Problem && start.error.ofQuery ? start.error.message : undefined;
  return (
    <>
      <PageHeader title="New hunt" about="Runs rules over what is stored, as if they had been there when it came.">
        <Anchor component={Link} underline="always" to="/jobs" size="sm">All jobs</Anchor>
      </PageHeader>
      <section className={`panel ${css.form ?? ""}`} aria-label="Hunt">
        <Stack
          p="md" gap="md" component="form"
          onSubmit={(e) => {
            e.preventDefault();
            submit();
          }}
        >
          <Rules chosen={hunt.rules} onChange={(rules) => change({ rules })} error={faultOf(start.error, "rules")} />
          <div>
            <Text size="sm" fw={500} mb={3}>Events of</Text>
            <TimeRangePicker range={hunt.range} onChange={(range) => change({ range })} />
          </div>
          <TextInput
            label="Only events for which this holds" description="As on the events page. Empty: every event." placeholder="host.name: ws-*" maxLength={8192} value={hunt.query} onChange={(e) => change({ query: e.currentTarget.value })}
            error={ofQuery ?? faultOf(start.error, "query")} classNames={{ input: "mono" }}
          />
          <MultiSelect
            label="Tables" description="None: all that the rules look at." searchable clearable data={tables.data?.tables.map((t) => t.table) ?? hunt.tables} value={hunt.tables} onChange={(t) => change({ tables: t })}
            error={faultOf(start.error, "tables")}
          />
          <Stack gap={6}>
            <Checkbox label="Matches become alerts" description="Otherwise they are only listed with the job." checked={hunt.alerts} onChange={(e) => change({ alerts: e.currentTarget.checked })} />
            <Checkbox label="These alerts are notified" disabled={!hunt.alerts} checked={hunt.alerts && hunt.notify} onChange={(e) => change({ notify: e.currentTarget.checked })} />
          </Stack>
          {start.error && !ofQuery && !["rules", "query", "tables"].some((f) => faultOf(start.error, f)) && <Alert color="red" py={6}>{start.error.message}</Alert>}
          <Group><Button type="submit" loading={start.isPending}>Start the hunt</Button></Group>
        </Stack>
      </section>
    </>
  );
}

/** Rules chooses rules by words of theirs. */
function Rules({ chosen, onChange, error }: { chosen: string[]; onChange: (rules: string[]) => void; error: string | undefined }) {
  const [text, setText] = useState("");
  const [words] = useDebouncedValue(text.trim(), 250);
  const found = useRulesNamed({ ...(words ? { text: words } : {}), kind: ["rule", "correlation"] });
  const known = useRulesNamed({ id: chosen });
  const titles = new Map([...(known.data ?? []), ...(found.data ?? [])].map((r) => [r.id, visible(r.title)]));
  return (
    <MultiSelect
      label="Rules" description="None: every rule that is enabled." placeholder={chosen.length === 0 ? "Every enabled rule" : ""} searchable clearable maxValues={200} limit={60} value={chosen} onChange={onChange} error={error}
      searchValue={text} onSearchChange={setText} filter={({ options }) => options} nothingFoundMessage={found.isFetching ? "Looking…" : "No rule has these words"}
      data={[...new Set([...(found.data ?? []).map((r) => r.id), ...chosen])].map((id) => ({ value: id, label: titles.get(id) ?? id }))}
    />
  );
}
