import { Button, Group, SimpleGrid, Switch } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { useMay } from "../../access/session";
import type { AttackCoverage } from "../../api/client";
import { toggled, withParam } from "../../shared/address";
import { failed } from "../../shared/failed";
import { Figure } from "../../shared/Figure";
import { save } from "../../shared/save";
import { Empty, Failure, Loading } from "../../shared/states";
import { count } from "../../time/format";
import { Filters } from "../Filters";
import { layerFile, useCoverage, useRules } from "../queries";
import { RulesHead } from "../RulesHead";
import { filterOf, withoutFilters } from "../view";
import { reached } from "./coverage";
import { Matrix } from "./Matrix";
import { columnsOf, gradeName, grades } from "./matrix";
import css from "./Attack.module.css";

/** AttackPage shows how far the rules that the filter lets through cover ATT&CK. What it shows is in its address. */
export function AttackPage() {
  const [params, setParams] = useSearchParams();
  const filter = useMemo(() => filterOf(params), [params]);
  const coverage = useCoverage(filter);
  const rules = useRules(filter, "title");
  const set = useCallback((name: string, values: string[]) => setParams((old) => withParam(old, name, values)), [setParams]);
  const layer = useMutation({ mutationFn: () => layerFile(filter), onSuccess: (file) => save(file, "penstock-attack-layer.json"), onError: failed });
  const known = params.get("known") === "true";
  return (
    <div className={css.page}>
      <RulesHead about="Which techniques of ATT&CK the rules cover, and whether what arrives lets them." />
      <Filters options={rules.data?.pages[0]?.facets ?? {}} params={params} onChange={set} onClear={() => setParams((old) => withoutFilters(old))} beside={false}>
        <Button variant="default" leftSection={<IconDownload size={15} />} loading={layer.isPending} onClick={() => layer.mutate()}>Navigator layer</Button>
      </Filters>
      <section className="panel" aria-label="ATT&CK coverage">
        <h2>ATT&CK{coverage.data && ` ${coverage.data.version}`}</h2>
        {coverage.isPending && <Loading what="coverage" />}
        {coverage.isError && !coverage.data && <Failure error={coverage.error} retry={() => void coverage.refetch()} />}
        {coverage.data && (
          <>
            <Group p="md" justify="space-between" align="flex-start">
              <Figures coverage={coverage.data} />
              <Group gap="lg">
                <Switch size="xs" label="Only where rules are known" checked={known} onChange={(e) => set("known", e.currentTarget.checked ? ["true"] : [])} />
                <Switch size="xs" label="All sub-techniques" checked={params.get("sub") === "all"} onChange={(e) => set("sub", e.currentTarget.checked ? ["all"] : [])} />
              </Group>
            </Group>
            <ul className={css.legend} aria-label="Legend">{grades.map((g) => <li key={g} data-grade={g}><i aria-hidden />{gradeName[g]}</li>)}</ul>
            <Techniques coverage={coverage.data} known={known} params={params} set={set} />
          </>
        )}
      </section>
    </div>
  );
}

function Techniques({ coverage, known, params, set }: { coverage: AttackCoverage; known: boolean; params: URLSearchParams; set: (name: string, values: string[]) => void }) {
  const columns = useMemo(() => columnsOf(coverage, known), [coverage, known]);
  const sub = params.getAll("sub");
  const write = useMay("rules.write");
  const rulesOf = (technique: string) => {
    const next = withParam(withParam(params, "sub", []), "known", []);
    return `/rules?${withParam(next, "technique", [technique])}`;
  };
  if (columns.every((c) => c.techniques.length === 0)) return <Empty title="No rule covers a technique">Remove a filter{write && <>, or bring rules by <b>Import</b></>}.</Empty>;
  return (
    <div className={css.scroll} role="region" aria-label="Matrix">
      <Matrix columns={columns} unfolded={(id) => (sub.includes("all") ? !sub.includes(id) : sub.includes(id))} onFold={(id) => set("sub", toggled(sub, id))} rulesOf={rulesOf} />
    </div>
  );
}

function Figures({ coverage }: { coverage: AttackCoverage }) {
  const techniques = reached(coverage.techniques);
  return (
    <SimpleGrid cols={{ base: 2, sm: 5 }} spacing="xl" verticalSpacing="xs">
      <Figure name="Techniques" value={count(techniques.all)} />
      <Figure name="A rule is enabled" value={count(techniques.enabled)} />
      <Figure name="Its data arrives" value={count(techniques.data)} />
      <Figure name="It is proven" value={count(techniques.proven)} />
      <Figure name="It has fired" value={count(techniques.fired)} />
    </SimpleGrid>
  );
}
