import { Button, Group, SimpleGrid } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { failed } from "../shared/failed";
import { Figure } from "../shared/Figure";
import { Failure, Loading } from "../shared/states";
import { count } from "../time/format";
import { reached } from "./coverage";
import { layerFile, useCoverage } from "./queries";
import type { Filter } from "./queries";
import css from "./RulesPage.module.css";

/** Coverage tells how far the rules that the filter lets through cover ATT&CK. */
export function Coverage({ filter }: { filter: Filter }) {
  const coverage = useCoverage(filter);
  const layer = useMutation({ mutationFn: () => layerFile(filter), onSuccess: (file) => save(file, "penstock-attack-layer.json"), onError: failed });
  return (
    <section className="panel" aria-label="ATT&CK coverage">
      <h2>ATT&CK coverage of the rules below</h2>
      {coverage.isPending && <Loading what="coverage" />}
      {coverage.isError && !coverage.data && <Failure error={coverage.error} retry={() => void coverage.refetch()} />}
      {coverage.data && (
        <>
          <Group p="md" justify="space-between" align="flex-start">
            <Figures techniques={reached(coverage.data.techniques)} version={coverage.data.version} />
            <Button variant="default" leftSection={<IconDownload size={15} />} loading={layer.isPending} onClick={() => layer.mutate()}>Navigator layer</Button>
          </Group>
          <dl className={css.tactics} aria-label="Techniques covered, by tactic">
            {coverage.data.tactics.map((t) => <div key={t.id}><dt>{t.name}</dt><dd>{t.covered} / {t.techniques.length}</dd></div>)}
          </dl>
        </>
      )}
    </section>
  );
}

function Figures({ techniques, version }: { techniques: ReturnType<typeof reached>; version: string }) {
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="xl">
      <Figure name="Techniques" value={count(techniques.all)} note={`of ATT&CK ${version}`} />
      <Figure name="A rule is enabled" value={count(techniques.enabled)} />
      <Figure name="Its data arrives" value={count(techniques.data)} />
      <Figure name="It is proven" value={count(techniques.proven)} note="by a test, or it has fired" />
    </SimpleGrid>
  );
}

/** save hands a file to the browser. */
function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
