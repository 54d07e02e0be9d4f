// Where the nodes of an entity graph stand: in layers along the direction of the verbs.
import { graphlib, layout } from "@dagrejs/dagre";
import type { EntityGraph, GraphNode } from "../../../api/client";

export interface Placed {
  node: GraphNode;
  x: number;
  y: number;
}

/** Link joins all that one did to another: it is drawn as one line. */
export interface Link {
  id: string;
  from: string;
  to: string;
  label: string;
  /** Ids of events that tell of it. */
  events: string[];
}

export const nodeSize = { width: 196, height: 46 };

/** Letters of the text on a line, which keeps layers apart. */
const longestLabel = 34;
const letterWidth = 6.2;

/** linksOf joins the edges between two nodes: started, then ×2 where it happened twice. */
export function linksOf(graph: EntityGraph): Link[] {
  const links = new Map<string, Link>();
  for (const e of graph.edges) {
    const id = `${e.from} ${e.to}`;
    const said = e.count > 1 ? `${e.verb} ×${e.count}` : e.verb;
    const link = links.get(id);
    if (link) {
      link.label += `, ${said}`;
      link.events = [...new Set([...link.events, ...e.events])];
    } else links.set(id, { id, from: e.from, to: e.to, label: said, events: [...e.events] });
  }
  return [...links.values()].map((l) => ({ ...l, label: l.label.length > longestLabel ? `${l.label.slice(0, longestLabel - 1)}…` : l.label }));
}

/** place gives every node its place; x and y are those of its upper left corner. */
export function place(graph: EntityGraph, links: readonly Link[]): Placed[] {
  const g = new graphlib.Graph();
  g.setGraph({ rankdir: "LR", nodesep: 18, ranksep: 36, marginx: 8, marginy: 8 });
  g.setDefaultEdgeLabel(() => ({}));
  for (const n of graph.nodes) g.setNode(n.id, { ...nodeSize });
  for (const l of links) if (l.from !== l.to) g.setEdge(l.from, l.to, { width: l.label.length * letterWidth + 12, height: 16, labelpos: "c" });
  layout(g);
  return graph.nodes.map((node) => {
    const at = g.node(node.id) as { x: number; y: number };
    return { node, x: at.x - nodeSize.width / 2, y: at.y - nodeSize.height / 2 };
  });
}
