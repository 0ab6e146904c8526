import {
  createGraphBuilder,
  fuseTransposes,
  type Graph,
  type Node,
  type Value,
} from '@holdfast/onnx-graph';
import {
  appendBackward,
  type BackwardOptions,
  type JointGraph,
  requireValue,
} from './build-backward.js';
import { chooseSavedValues } from './choose-saved-values.js';
import { copyNode, type Renaming } from './copy-graph.js';

/** A value that the forward graph returns and the backward graph takes, under one name. */
export type SavedValue = Pick<Value, 'name' | 'shape' | 'dataType'>;

export interface SplitOptions extends BackwardOptions {
  /**
   * The only values to keep besides inputs: the backward graph computes everything else that it reads
   * again. Absent: whatever is dearer to compute than to read is kept.
   */
  readonly checkpoints?: readonly Value[];
}

export interface SplitGraphs {
  /** The given graph, which also returns the saved values. */
  readonly forward: Graph;
  /**
   * Inputs: those of the given graph that it reads, the saved values, `cotangent.<output>` per
   * output, `accumulator.<value>` per accumulated value. Outputs: `gradient.<value>`.
   */
  readonly backward: Graph;
  readonly saved: readonly SavedValue[];
}

/**
 * Cuts training into a forward graph that keeps activations and a backward graph that reads them.
 *
 * The backward graph computes what that of `differentiateGraph` computes, so the gradients are the
 * same bit for bit, whatever is kept; without checkpoints only views and activation functions are
 * computed twice. Products read transposed factors where they lie.
 *
 * @throws RangeError if an output is unknown or no output depends on a wanted value.
 */
export function splitForBackward(graph: Graph, options: SplitOptions): SplitGraphs {
  const joint = appendBackward(graph, options);
  const { nodes } = fuseTransposes(joint.builder.build());
  const first = new Set(joint.builder.nodes.slice(0, joint.forwardNodes).map(({ name }) => name));
  const forwardNodes = nodes.filter(({ name }) => first.has(name));
  const backwardNodes = nodes.filter(({ name }) => !first.has(name));
  const checkpoints = options.checkpoints?.map((value) =>
    requireValue(joint.renaming, value, graph),
  );
  const { saved, recomputed } = chooseSavedValues(
    forwardNodes,
    backwardNodes,
    checkpoints && new Set(checkpoints),
  );
  const originals = new Map([...joint.renaming].map(([from, to]) => [to, from]));
  const named = new Map(saved.map((value) => [value, describe(graph, originals.get(value)!)]));
  const keep = [...named].map(([value, { name }]) => ({ name, value: originals.get(value)! }));
  const added = keep.filter(({ name }) => graph.outputs.every((output) => output.name !== name));
  return {
    forward: fuseTransposes({ ...graph, outputs: [...graph.outputs, ...added] }),
    backward: buildBackward(joint, named, [...recomputed, ...backwardNodes]),
    saved: [...named.values()],
  };
}

/** A value that the graph returns already is kept under the name it has. */
function describe({ outputs }: Graph, value: Value): SavedValue {
  const output = outputs.find((candidate) => candidate.value === value);
  const { shape, dataType } = value;
  return { name: output?.name ?? `saved.${value.name}`, shape, dataType };
}

/** Moves the nodes of the backward pass into a graph of its own, whose inputs are what they read. */
function buildBackward(
  { builder: joint }: JointGraph,
  saved: ReadonlyMap<Value, SavedValue>,
  nodes: readonly Node[],
): Graph {
  const builder = createGraphBuilder(joint.name);
  const renaming: Renaming = new Map();
  const all = joint.build();
  const read = new Set<Value | undefined>(nodes.flatMap((node) => node.inputs));
  for (const { value } of joint.outputs) read.add(value);
  for (const value of all.inputs) {
    if (!read.has(value)) continue;
    renaming.set(value, builder.input(value.name, value.shape, value.dataType));
  }
  for (const [value, { name, shape, dataType }] of saved) {
    renaming.set(value, builder.input(name, shape, dataType));
  }
  for (const { value, data } of all.constants) {
    if (read.has(value)) renaming.set(value, builder.constant(data, value.shape));
  }
  for (const node of nodes) copyNode(builder, node, renaming);
  for (const { name, value } of joint.outputs) builder.output(renaming.get(value)!, name);
  return builder.build();
}
