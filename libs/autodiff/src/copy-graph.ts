import type { Graph, GraphBuilder, Node, Value } from '@holdfast/onnx-graph';

/** Values of one graph as values of another. */
export type Renaming = Map<Value, Value>;

/** Declares a graph's inputs and constants in a builder, under their names where they have one. */
export function copyLeaves(builder: GraphBuilder, graph: Graph): Renaming {
  const renaming: Renaming = new Map();
  for (const value of graph.inputs) {
    renaming.set(value, builder.input(value.name, value.shape, value.dataType));
  }
  for (const { value, data } of graph.constants) {
    renaming.set(value, builder.constant(data, value.shape));
  }
  return renaming;
}

/** Appends a node; its inputs must be in the renaming, its outputs are put there. */
export function copyNode(builder: GraphBuilder, node: Node, renaming: Renaming): void {
  const { op, domain, attributes } = node;
  const inputs = node.inputs.map((input) => input && renaming.get(input));
  const outputs = builder.emit({ op, domain, attributes, inputs, outputs: node.outputs });
  for (const [index, output] of outputs.entries()) renaming.set(node.outputs[index]!, output);
}
