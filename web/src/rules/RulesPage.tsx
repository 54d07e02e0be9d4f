import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { withParam } from "../shared/address";
import { PageHeader } from "../shared/PageHeader";
import { Empty, Failure, Loading } from "../shared/states";
import { count } from "../time/format";
import { Coverage } from "./Coverage";
import { Facets } from "./Facets";
import { useRules } from "./queries";
import { RuleDrawer } from "./RuleDrawer";
import { RuleList } from "./RuleList";
import { SwitchAll } from "./SwitchAll";
import { filterOf, readSort, sorts } from "./view";
import type { Sort } from "./view";
import css from "./RulesPage.module.css";

const sortName: Record<Sort, string> = { title: "Title", level: "Level", fitness: "Fitness", fired: "Most matches", last: "Latest match", changed: "Latest changed" };

/** RulesPage lists the rules that the installation knows. What it shows is in its address. */
export function RulesPage() {
  const [params, setParams] = useSearchParams();
  const filter = useMemo(() => filterOf(params), [params]);
  const sort = readSort(params);
  const set = useCallback((name: string, values: string[]) => setParams((old) => withParam(old, name, values)), [setParams]);
  const rules = useRules(filter, sort);
  const [text, setText] = useState(params.get("text") ?? "");
  const search = useDebouncedCallback((value: string) => set("text", [value.trim()]), 300);
  const list = rules.data?.pages.flatMap((p) => p.rules) ?? [];
  const first = rules.data?.pages[0];
  const opened = params.get("rule");
  return (
    <>
      <PageHeader title="Rules" about="What is looked for in every event, and whether what arrives can answer it." />
      <Stack gap="md">
        <Coverage filter={filter} />
        <div className={css.columns}>
          <Facets options={first?.facets ?? {}} params={params} onChange={set} onClear={() => { setText(""); setParams({}); }} />
          <Stack gap="sm" miw={0}>
            <Group gap="sm" align="flex-end">
              <TextInput
                flex={1} miw={220} label="Find rules" placeholder="Title, id, author, tag, technique" maxLength={256} leftSection={<IconSearch size={14} />} value={text}
                onChange={(e) => {
                  setText(e.currentTarget.value);
                  search(e.currentTarget.value);
                }}
              />
              <Select label="Order" w={160} value={sort} allowDeselect={false} data={sorts.map((s) => ({ value: s, label: sortName[s] }))} onChange={(s) => set("sort", s && s !== "title" ? [s] : [])} />
              {first && first.total > 0 && <SwitchAll filter={filter} total={first.total} />}
            </Group>
            {rules.isPending && <Loading what="rules" />}
            {rules.isError && !rules.data && <Failure error={rules.error} retry={() => void rules.refetch()} />}
            {first && <Text size="sm" c="dimmed" role="status">{count(first.total)} {first.total === 1 ? "rule" : "rules"}</Text>}
            {first && (list.length > 0
              ? <RuleList rules={list} onOpen={(id) => set("rule", [id])} />
              : <section className="panel"><Empty title="No rule fits">Remove a filter, or install more rules: <code>penstock rules install sigma_all_rules.zip</code></Empty></section>)}
            {rules.hasNextPage && <Button variant="default" loading={rules.isFetchingNextPage} onClick={() => void rules.fetchNextPage()}>Show more</Button>}
          </Stack>
        </div>
      </Stack>
      {opened && <RuleDrawer id={opened} onOpen={(id) => set("rule", [id])} onClose={() => set("rule", [])} />}
    </>
  );
}
