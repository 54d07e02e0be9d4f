import { useComputedColorScheme } from "@mantine/core";
import { Controls, Handle, MarkerType, Position, ReactFlow } from "@xyflow/react";
import type { Edge, Node, NodeProps } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useMemo } from "react";
import type { EntityGraph, GraphNode } from "../../../api/client";
import { visible } from "../../../events/document";
import { KindIcon } from "../kinds";
import css from "./Graph.module.css";
import { linksOf, nodeSize, place } from "./layout";

type EntityNode = Node<{ entity: GraphNode; faint: boolean }, "entity">;

/** Where more nodes than this are, only those in sight are drawn. */
const many = 80;
const types = { entity: Entity };

interface Props {
  graph: EntityGraph;
  picked: string | undefined;
  onPick: (node: string | undefined) => void;
}

/** GraphCanvas draws the graph. Dragging moves it, the wheel zooms; Tab goes from node to node, Enter picks one. */
export function GraphCanvas({ graph, picked, onPick }: Props) {
  const dark = useComputedColorScheme("light") === "dark";
  const links = useMemo(() => linksOf(graph), [graph]);
  const placed = useMemo(() => place(graph, links), [graph, links]);
  const near = useMemo(() => new Set(picked ? [picked, ...links.flatMap((l) => (l.from === picked ? [l.to] : l.to === picked ? [l.from] : []))] : []), [links, picked]);
  const nodes: EntityNode[] = useMemo(() => placed.map(({ node, x, y }) => ({
    id: node.id, type: "entity", position: { x, y }, ...nodeSize, data: { entity: node, faint: near.size > 0 && !near.has(node.id) }, selected: node.id === picked,
    draggable: false, connectable: false, deletable: false, ariaLabel: `${node.kind} ${visible(node.value).slice(0, 120)}, in ${node.occurrences} relations`,
  })), [placed, near, picked]);
  const edges: Edge[] = useMemo(() => links.map((l) => {
    const lit = l.from === picked || l.to === picked;
    const colour = lit ? "var(--mantine-primary-color-filled)" : "var(--ps-muted)";
    return {
      id: l.id, source: l.from, target: l.to, label: visible(l.label), focusable: false, deletable: false, type: "default",
      style: { stroke: colour, strokeWidth: lit ? 1.8 : 1, opacity: picked && !lit ? 0.25 : 0.8 }, markerEnd: { type: MarkerType.ArrowClosed, width: 15, height: 15, color: lit ? "#14808d" : dark ? "#9aa6a9" : "#566060" },
      labelStyle: { fontSize: 11, fill: "var(--mantine-color-text)", opacity: picked && !lit ? 0.3 : 1 }, labelBgStyle: { fill: "var(--mantine-color-body)" }, labelBgPadding: [4, 1],
    };
  }), [links, picked, dark]);
  return (
    <div className={css.canvas} role="group" aria-label="Entity graph">
      <ReactFlow
        nodes={nodes} edges={edges} nodeTypes={types} colorMode={dark ? "dark" : "light"} fitView fitViewOptions={{ padding: 0.06, minZoom: 0.5, maxZoom: 1 }} minZoom={0.1} maxZoom={2}
        nodesDraggable={false} nodesConnectable={false} edgesFocusable={false} nodesFocusable deleteKeyCode={null} multiSelectionKeyCode={null} preventScrolling zoomOnScroll={false} zoomActivationKeyCode="Control" panOnScroll={false}
        onlyRenderVisibleElements={graph.nodes.length > many} proOptions={{ hideAttribution: true }}
        onNodesChange={(changes) => {
          for (const c of changes) if (c.type === "select" && c.selected) onPick(c.id);
        }}
        onPaneClick={() => onPick(undefined)}
      >
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

function Entity({ data: { entity: e, faint } }: NodeProps<EntityNode>) {
  return (
    <div className={css.node} data-kind={e.kind} data-faint={faint || undefined} title={visible(e.value).slice(0, 600)}>
      <Handle type="target" position={Position.Left} className={css.handle ?? ""} isConnectable={false} />
      <span className={css.icon}><KindIcon kind={e.kind} size={17} /></span>
      <span className={css.text}><b><bdi>{visible(e.value).slice(0, 160)}</bdi></b><span>{e.kind}</span></span>
      <Handle type="source" position={Position.Right} className={css.handle ?? ""} isConnectable={false} />
    </div>
  );
}
