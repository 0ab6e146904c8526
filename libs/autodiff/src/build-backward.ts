import {
  createGraphBuilder,
  type Graph,
  type GraphBuilder,
  type Value,
} from '@holdfast/onnx-graph';
import { copyLeaves, copyNode, type Renaming } from './copy-graph.js';
import { differentiate } from './differentiate.js';

export interface BackwardOptions {
  /** Names of the graph's outputs that carry a gradient. */
  readonly outputs: readonly string[];
  /** Values of the graph, inputs or intermediate, whose gradients are wanted. */
  readonly wrt: readonly Value[];
  /** Those of `wrt` whose gradients are added to an input of the backward graph. */
  readonly accumulate?: readonly Value[];
}

/** A forward pass and its backward pass in one builder. */
export interface JointGraph {
  readonly builder: GraphBuilder;
  /** Values of the given graph as values of the builder. */
  readonly renaming: Renaming;
  /** How many of the builder's nodes are the forward pass. */
  readonly forwardNodes: number;
}

/** The name of the input by which dL/d`output` comes into a backward graph. */
export function cotangentName(output: string): string {
  return `cotangent.${output}`;
}

/** The name of the output by which dL/d`value` leaves a backward graph. */
export function gradientName(value: Pick<Value, 'name'>): string {
  return `gradient.${value.name}`;
}

/** The name of the input to which a backward graph adds dL/d`value`. */
export function accumulatorName(value: Pick<Value, 'name'>): string {
  return `accumulator.${value.name}`;
}

/**
 * A graph that runs the forward pass again and returns the gradients.
 *
 * Inputs: those of `graph`, `cotangent.<output>` per output, `accumulator.<value>` per accumulated
 * value. Outputs: `gradient.<value>` per wanted value.
 *
 * @throws RangeError if an output is unknown or no output depends on a wanted value.
 */
export function differentiateGraph(graph: Graph, options: BackwardOptions): Graph {
  return appendBackward(graph, options).builder.build();
}

/** Copies a graph into a builder and appends its backward pass; the outputs are the gradients. */
export function appendBackward(graph: Graph, options: BackwardOptions): JointGraph {
  const builder = createGraphBuilder(`${graph.name}.backward`);
  const renaming = copyLeaves(builder, graph);
  for (const node of graph.nodes) copyNode(builder, node, renaming);
  const forwardNodes = builder.nodes.length;
  const declare = (value: Value, name: string) => builder.input(name, value.shape, value.dataType);
  const outputs = options.outputs.map((name) => {
    const output = graph.outputs.find((candidate) => candidate.name === name);
    if (output === undefined) throw new RangeError(`graph '${graph.name}' has no output '${name}'`);
    const cotangent = declare(output.value, cotangentName(name));
    return { value: renaming.get(output.value)!, cotangent };
  });
  const accumulators = new Map(
    (options.accumulate ?? []).map((value) => [
      requireValue(renaming, value, graph),
      declare(value, accumulatorName(value)),
    ]),
  );
  const wrt = options.wrt.map((value) => requireValue(renaming, value, graph));
  const gradients = differentiate(builder, { outputs, wrt, accumulators });
  for (const [index, value] of options.wrt.entries()) {
    builder.output(gradients.get(wrt[index]!)!, gradientName(value));
  }
  return { builder, renaming, forwardNodes };
}

/** A value of a graph as a value of the builder it was copied to. */
export function requireValue(renaming: Renaming, value: Value, graph: Graph): Value {
  const renamed = renaming.get(value);
  if (renamed === undefined) {
    throw new RangeError(`'${value.name}' is not a value of graph '${graph.name}'`);
  }
  return renamed;
}
