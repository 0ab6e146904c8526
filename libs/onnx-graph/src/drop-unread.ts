import type { Graph, Node, Value } from './graph.js';

/** Leaves out constants that nothing reads, and the last results of nodes, optional ones, that nothing reads. */
export function dropUnread(graph: Graph): Graph {
  const read = new Set<Value | undefined>(graph.nodes.flatMap((node) => node.inputs));
  for (const { value } of graph.outputs) read.add(value);
  const trim = (node: Node): Node => {
    const last = node.outputs.findLastIndex((value) => read.has(value));
    return { ...node, outputs: node.outputs.slice(0, last + 1) };
  };
  return {
    ...graph,
    constants: graph.constants.filter(({ value }) => read.has(value)),
    nodes: graph.nodes.map(trim),
  };
}
