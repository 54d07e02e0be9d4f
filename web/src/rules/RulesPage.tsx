import { Group, Select, Text } from "@mantine/core";
import { useCallback, useMemo, useState } from "react";
import { Navigate, useSearchParams } from "react-router";
import { useMay } from "../access/session";
import { withParam } from "../shared/address";
import { Empty, Failure, Loading } from "../shared/states";
import { count } from "../time/format";
import { BulkBar } from "./BulkBar";
import { Facets } from "./Facets";
import { Filters } from "./Filters";
import { useRules } from "./queries";
import { RuleList } from "./RuleList";
import { RulesHead } from "./RulesHead";
import { SwitchAll } from "./SwitchAll";
import { daysOf, filterOf, readSort, rulePath, sorts, withoutFilters } from "./view";
import type { Sort } from "./view";
import css from "./RulesPage.module.css";

const sortName: Record<Sort, string> = { title: "Title", level: "Level", fitness: "Fitness", fired: "Most matches", last: "Latest match", changed: "Latest changed" };

/** RulesPage lists the rules that the installation knows. What it shows is in its address; ?rule=… leads to that rule. */
export function RulesPage() {
  const [params] = useSearchParams();
  const rule = params.get("rule");
  return rule ? <Navigate to={rulePath(rule)} replace /> : <Catalogue />;
}

function Catalogue() {
  const [params, setParams] = useSearchParams();
  const filter = useMemo(() => filterOf(params), [params]);
  const sort = readSort(params);
  const write = useMay("rules.write");
  const [selected, setSelected] = useState<string[]>([]);
  const set = useCallback((name: string, values: string[]) => {
    setSelected([]);
    setParams((old) => withParam(old, name, values));
  }, [setParams]);
  const clear = useCallback(() => setParams((old) => withoutFilters(old)), [setParams]);
  const rules = useRules(filter, sort);
  const { fetchNextPage } = rules;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const list = useMemo(() => rules.data?.pages.flatMap((p) => p.rules) ?? [], [rules.data]);
  const first = rules.data?.pages[0];
  return (
    <div className={css.page}>
      <RulesHead about="What is looked for in every event, and whether what arrives can answer it." />
      <Filters options={first?.facets ?? {}} params={params} onChange={set} onClear={clear} beside>
        <Select label="Order" w={150} value={sort} allowDeselect={false} data={sorts.map((s) => ({ value: s, label: sortName[s] }))} onChange={(s) => set("sort", s && s !== "title" ? [s] : [])} />
      </Filters>
      <div className={css.body}>
        <div className={css.side}><Facets options={first?.facets ?? {}} params={params} onChange={set} onClear={clear} /></div>
        <div className={css.list}>
          {rules.isPending && <Loading what="rules" />}
          {rules.isError && !rules.data && <Failure error={rules.error} retry={() => void rules.refetch()} />}
          {first && (
            <Group justify="space-between" mih={30} gap="xs">
              <Text size="sm" c="dimmed" role="status">{count(first.total)} {first.total === 1 ? "rule" : "rules"}</Text>
              {selected.length > 0 ? <BulkBar ids={selected} onDone={() => setSelected([])} /> : write && first.total > 0 && <SwitchAll filter={filter} total={first.total} />}
            </Group>
          )}
          {first && (list.length > 0 ? (
            <RuleList
              rules={list} total={first.total} days={daysOf(params)} selected={selected} onSelect={write ? setSelected : undefined} more={rules.hasNextPage} loadingMore={rules.isFetchingNextPage} onMore={more}
            />
          ) : <section className="panel"><Empty title="No rule fits">Remove a filter{write && <>, or bring more rules by <b>Import</b>: a release of SigmaHQ, a folder as a zip archive, single files</>}.</Empty></section>)}
        </div>
      </div>
    </div>
  );
}
