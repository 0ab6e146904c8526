import type { GraphOutput, Node, Value } from './graph.js';

/** The nodes on which an output depends, in their order. */
export function pruneNodes(
  nodes: readonly Node[],
  outputs: readonly GraphOutput[],
): readonly Node[] {
  const needed = new Set<Value | undefined>(outputs.map(({ value }) => value));
  const kept: Node[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((value) => needed.has(value))) continue;
    kept.push(node);
    for (const value of node.inputs) needed.add(value);
  }
  return kept.reverse();
}
