import { Chip, Group, SegmentedControl, Select, Text } from "@mantine/core";
import { useCallback, useState } from "react";
import { useSearchParams } from "react-router";
import type { DriftReport } from "../api/client";
import { one, withParam } from "../shared/address";
import { Failure, Loading } from "../shared/states";
import { Time } from "../shared/Time";
import { count } from "../time/format";
import { driftKinds, kindName, spanName, spans } from "./drift";
import { Findings } from "./Findings";
import { useDrift } from "./queries";

/** So many findings are asked for at first, and the most that the server gives. */
const page = 100;
const most = 5_000;

/** Drift is the radar: what arrives that did not before, or not as the mapping has it. What is looked for is in the address. */
export function Drift() {
  const [params, setParams] = useSearchParams();
  const [limit, setLimit] = useState(page);
  const kind = one(params, "kind", ["any", ...driftKinds], "any");
  const which = one(params, "drift", ["new", "all"], "new");
  const span = one(params, "span", spans, "7");
  const table = params.get("table") ?? "";
  const set = (name: string, value: string) => {
    setLimit(page);
    setParams((old) => withParam(old, name, [value]), { replace: true });
  };
  const drift = useDrift({ kind, fresh: which === "new", days: Number(span), table, limit });
  const more = useCallback(() => setLimit((n) => Math.min(most, 4 * n)), []);
  const report = drift.data;
  const tables = [...new Set([...(table ? [table] : []), ...(report?.findings ?? []).map((f) => f.table)])].sort();
  const of = (k: (typeof driftKinds)[number]) => report?.counts[k]?.[which === "new" ? "new" : "total"] ?? 0;
  return (
    <section className="panel" aria-label="Drift radar">
      <h2>Drift radar{report && <Text span size="xs" c="dimmed" ml="sm">what arrives is noted since <Time at={report.began} /></Text>}</h2>
      <Group p="md" pb="xs" gap="sm">
        <SegmentedControl size="xs" aria-label="Which findings" data={[{ value: "new", label: "New" }, { value: "all", label: "All that the mapping does not know" }]} value={which} onChange={(v) => set("drift", v === "new" ? "" : v)} />
        {which === "new" && <Select size="xs" aria-label="New within" w={130} allowDeselect={false} data={spans.map((s) => ({ value: s, label: spanName[s] }))} value={span} onChange={(v) => set("span", v === "7" || v === null ? "" : v)} />}
        <Select size="xs" aria-label="Table" placeholder="Every table" clearable searchable w={220} data={tables} value={table || null} onChange={(v) => set("table", v ?? "")} />
      </Group>
      <Chip.Group value={kind} onChange={(v: string) => set("kind", v === "any" ? "" : v)}>
        <Group gap={6} px="md" pb="sm" role="group" aria-label="Kind">
          <Chip size="xs" value="any">Everything</Chip>
          {driftKinds.map((k) => <Chip key={k} size="xs" value={k}>{kindName[k]} · {count(of(k))}</Chip>)}
        </Group>
      </Chip.Group>
      {drift.isPending && <Loading what="drift" />}
      {drift.isError && !report && <Failure error={drift.error} retry={() => void drift.refetch()} />}
      {report?.findings.length === 0 && <Nothing report={report} fresh={which === "new"} />}
      {report && report.findings.length > 0 && <Findings findings={report.findings} more={report.more > 0 && limit < most && !drift.isFetching} onMore={more} />}
      {report && report.more > 0 && limit >= most && <Text size="sm" c="dimmed" p="sm">{count(report.more)} others: choose a kind or a table.</Text>}
    </section>
  );
}

function Nothing({ report, fresh }: { report: DriftReport; fresh: boolean }) {
  return (
    <Text size="sm" c="dimmed" px="md" pb="md">
      {fresh ? <>Nothing that was first seen since <Time at={report.since} />: tables, columns and values are as they were. The first 24 hours of a table count as what it is like.</> : "Nothing: the mapping knows all that arrives."}
    </Text>
  );
}
