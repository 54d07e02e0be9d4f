import { Alert, Button, Checkbox, Group, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useCallback, useEffect, useRef, useState } from "react";
import type { SyntheticEvent } from "react";
import { Link, useNavigate } from "react-router";
import type { Format, Intake } from "../../api/client";
import { Problem } from "../../api/problem";
import { visible } from "../../events/document";
import { useLeaveGuard } from "../../shared/useLeaveGuard";
import { KeyShown } from "../push/KeyShown";
import { intakePath } from "../words";
import { Arrival } from "./Arrival";
import { ConnectionTest } from "./ConnectionTest";
import { draftOf, faultsOf, nameFault, settingsOf } from "./draft";
import type { Draft, Faults } from "./draft";
import { More } from "./More";
import { Naming } from "./Naming";
import { useSaving } from "./queries";
import type { Editing } from "./Setting";
import { useWalk } from "./useWalk";

/** Form makes an intake, or changes the one given. */
export function Form({ formats, of }: { formats: Format[]; of?: Intake }) {
  const [initial] = useState<Draft>(() => ({ ...draftOf(of), ...(of ? {} : { format: formats[0]?.id ?? "" }) }));
  const [draft, setDraft] = useState(initial);
  const guard = useLeaveGuard(JSON.stringify(draft) !== JSON.stringify(initial), "The intake");
  const [refused, setRefused] = useState<Faults>({});
  // Fields that were written to since the server spoke: what it said of them no longer holds.
  const [mended, setMended] = useState<readonly string[]>([]);
  const form = useRef<HTMLFormElement>(null);
  const saving = useSaving();
  const navigate = useNavigate();
  const blame = useCallback((p: Problem) => setRefused(faultsOf(p)), []);
  const { walk, test, stop, forget } = useWalk(blame);
  // Whoever is told of a mistake is led to it.
  useEffect(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus(), [refused]);
  const change = (c: Partial<Draft>) => {
    // What was said of one place or way to sign in says nothing of another.
    if ((c.source ?? draft.source) !== draft.source || (c.authentication ?? draft.authentication) !== draft.authentication) {
      setRefused({});
      saving.reset();
      forget();
    }
    setDraft((d) => ({ ...d, ...c }));
    setMended((m) => [...new Set([...m, ...Object.keys(c)])]);
  };
  const anew = () => {
    setRefused({});
    setMended([]);
  };
  const said: Faults = Object.fromEntries(Object.entries({ ...blamed(walk.steps), ...refused }).filter(([field]) => !mended.includes(field)));
  const misnamed = of ? undefined : nameFault(draft.name);
  const faults = misnamed ? { ...said, name: misnamed } : said;
  const editing: Editing = { draft, faults, change, kept: of?.secretsSet ?? [], fresh: of === undefined };
  const [made, setMade] = useState<Intake>();
  const save = (e: SyntheticEvent) => {
    e.preventDefault();
    anew();
    saving.mutate({ of, draft }, {
      onSuccess: (made) => {
        guard.release();
        if (made.intakeKey !== undefined) {
          setMade(made);
          return;
        }
        notifications.show({ message: of ? `${visible(made.name)} was changed.` : `${visible(made.name)} was made${draft.paused ? "; it is paused" : " and starts"}.` });
        void navigate(intakePath(made.name));
      },
      onError: (error) => {
        if (error instanceof Problem) blame(error);
      },
    });
  };
  const begin = () => {
    anew();
    saving.reset();
    test({ ...(of ? { name: of.name } : { source: draft.source }), ...settingsOf(draft) });
  };
  if (made) return <KeyShown intake={made} leave />;
  const format = formats.find((f) => f.id === draft.format);
  return (
    <form ref={form} onSubmit={save} noValidate>
      <Stack gap="md">
        <Naming of={editing} formats={formats} />
        <Arrival of={editing} setup={format?.setup ?? []} sources={format?.sources ?? []} />
        <More of={editing} />
        <ConnectionTest walk={walk} source={draft.source} onTest={begin} onStop={stop} />
        {saving.error && <Refused error={saving.error} />}
        <Group>
          <Button type="submit" loading={saving.isPending}>{of ? "Save" : draft.paused ? "Save" : "Save and start"}</Button>
          <Button component={Link} to={of ? intakePath(of.name) : "/intakes"} variant="default">Cancel</Button>
          <Checkbox label={draft.source === "http" ? "Paused: it takes nothing yet" : "Paused: it reads nothing yet"} checked={draft.paused} onChange={(e) => change({ paused: e.currentTarget.checked })} />
        </Group>
      </Stack>
      {guard.dialogue}
    </form>
  );
}

/** blamed are the fields to which steps of the test that failed point; several steps may be about one, as each of several hubs has its own. */
function blamed(steps: readonly { field?: string; problem?: string }[]): Faults {
  const faults: Faults = {};
  for (const { field, problem } of steps) {
    if (field && problem) faults[field] = faults[field] === undefined ? problem : `${faults[field]} ${problem}`;
  }
  return faults;
}

function Refused({ error }: { error: Error }) {
  const problem = error instanceof Problem ? error : undefined;
  return (
    <Alert color="red" role="alert" py={8}>
      {problem ? (problem.faults.length > 0 ? "It was not saved: something is wrong with what is filled in above." : problem.message) : "The server does not answer. Is Penstock running?"} {problem?.hint}
      {problem?.requestId && problem.faults.length === 0 && <span className="mono"> request {problem.requestId}</span>}
    </Alert>
  );
}
