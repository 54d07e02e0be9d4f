import { Button, Table, UnstyledButton } from "@mantine/core";
import type { EntityGraph, GraphNode } from "../../../api/client";
import { visible } from "../../../events/document";
import { Time } from "../../../shared/Time";
import { count } from "../../../time/format";
import { KindIcon } from "../kinds";
import css from "./Graph.module.css";

interface Props {
  graph: EntityGraph;
  onPick: (node: string) => void;
  onOpen: (event: string) => void;
}

/** RelationList is the graph in words: who did what to whom, in the order in which it first happened. */
export function RelationList({ graph, onPick, onOpen }: Props) {
  const nodes = new Map(graph.nodes.map((n) => [n.id, n]));
  return (
    // The list scrolls by the keyboard too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={css.list} tabIndex={0} role="group" aria-label="Relations">
      <Table verticalSpacing={4} horizontalSpacing="md" fz="sm" stickyHeader miw={640}>
        <Table.Thead><Table.Tr><Table.Th>Who</Table.Th><Table.Th>Did</Table.Th><Table.Th>To what</Table.Th><Table.Th className="numeric">Times</Table.Th><Table.Th>First</Table.Th><Table.Th aria-label="Actions" /></Table.Tr></Table.Thead>
        <Table.Tbody>
          {graph.edges.map((e) => {
            const [event] = e.events;
            return (
              <Table.Tr key={`${e.from} ${e.verb} ${e.to}`}>
                <Table.Td><Named node={nodes.get(e.from)} onPick={onPick} /></Table.Td>
                <Table.Td>{visible(e.verb)}</Table.Td>
                <Table.Td><Named node={nodes.get(e.to)} onPick={onPick} /></Table.Td>
                <Table.Td className="numeric">{count(e.count)}</Table.Td>
                <Table.Td><Time at={e.first} /></Table.Td>
                <Table.Td ta="right">{event && <Button size="compact-xs" variant="light" onClick={() => onOpen(event)}>Show</Button>}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Named({ node, onPick }: { node: GraphNode | undefined; onPick: (node: string) => void }) {
  if (!node) return null;
  return <UnstyledButton className={css.named ?? ""} onClick={() => onPick(node.id)} title={node.kind}><KindIcon kind={node.kind} size={14} named /><bdi>{visible(node.value).slice(0, 200)}</bdi></UnstyledButton>;
}
