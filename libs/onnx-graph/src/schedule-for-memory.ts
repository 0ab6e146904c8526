import type { Graph, Value } from './graph.js';

/**
 * Puts the leaf nodes (whose results no other node reads) last, the latest made first.
 *
 * ONNX Runtime runs a graph by depth-first search backwards from the last leaf. In a backward graph
 * the leaves are the gradients: in this order the search finishes the gradients of the last layer
 * before it goes down to the layer below, so each activation is freed as soon as the backward pass
 * has gone by. In order of creation it would first walk to the bottom and keep them all alive.
 */
export function scheduleForMemory(graph: Graph): Graph {
  const read = new Set<Value | undefined>(graph.nodes.flatMap((node) => node.inputs));
  const inner = graph.nodes.filter(({ outputs }) => outputs.some((value) => read.has(value)));
  const leaves = graph.nodes.filter(({ outputs }) => !outputs.some((value) => read.has(value)));
  return { ...graph, nodes: [...inner, ...leaves.reverse()] };
}
