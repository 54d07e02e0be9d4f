import { Group, SegmentedControl, Text } from "@mantine/core";
import { useState } from "react";
import { Failure, Loading } from "../../../shared/states";
import { count } from "../../../time/format";
import { useAlertGraph } from "../../queries";
import css from "./Graph.module.css";
import { EntityCard } from "./EntityCard";
import { GraphCanvas } from "./GraphCanvas";
import { RelationList } from "./RelationList";

/** GraphView shows whom the events of an alert connect, as a graph or as a list; an entity that is picked says where it leads. */
export function GraphView({ id, occurrences, onOpen }: { id: number; occurrences: number; onOpen: (event: string) => void }) {
  const graph = useAlertGraph(id, occurrences);
  const [as, setAs] = useState("graph");
  const [picked, setPicked] = useState<string>();
  if (graph.isPending) return <Loading what="graph" />;
  if (!graph.data) return <Failure error={graph.error} retry={() => void graph.refetch()} />;
  const g = graph.data;
  if (g.nodes.length === 0) return <Text p="md" size="sm" c="dimmed">{g.missing > 0 ? "Its events are not stored any more." : "Its events tell of nobody who did something to something."}</Text>;
  const node = g.nodes.find((n) => n.id === picked);
  return (
    <div>
      <Group px="md" py={8} gap="sm" justify="space-between">
        <Text size="xs" c="dimmed">
          {count(g.nodes.length)} entities and what they did, from {count(g.events)} {g.events === 1 ? "event" : "events"}
          {g.missing > 0 && `; ${count(g.missing)} are not stored any more`}{g.leftOut > 0 && `; ${count(g.leftOut)} relations are left out`}
        </Text>
        <SegmentedControl size="xs" aria-label="How it is shown" value={as} onChange={setAs} data={[{ value: "graph", label: "Graph" }, { value: "list", label: "List" }]} />
      </Group>
      {as === "graph" ? <GraphCanvas graph={g} picked={picked} onPick={setPicked} /> : <RelationList graph={g} onPick={setPicked} onOpen={onOpen} />}
      <div className={css.card} aria-live="polite">
        {node ? <EntityCard node={node} graph={g} onOpen={onOpen} /> : <Text size="xs" c="dimmed">Pick an entity to see where it leads.</Text>}
      </div>
    </div>
  );
}
