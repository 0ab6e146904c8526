import type { Graph, Op, Value } from '../graph.js';
import { countElements, formatShape } from '../shape.js';
import { elementwiseKernels } from './elementwise-kernels.js';
import type { DenseTensor, Kernel } from './kernel.js';
import { linearKernels } from './linear-kernels.js';
import { movementKernels } from './movement-kernels.js';
import { rowKernels } from './row-kernels.js';

const kernels: Readonly<Record<Op, Kernel>> = {
  ...elementwiseKernels,
  ...linearKernels,
  ...movementKernels,
  ...rowKernels,
};

/** Data of an input, row-major; int64 and bool inputs may be given as numbers. */
export type Feed = ArrayLike<number> | BigInt64Array;

/**
 * Runs a graph in float64 by the operators' definitions: slow, and the oracle of tests.
 *
 * Returns the outputs by name; int64 and bool are numbers.
 *
 * @throws RangeError if an input is not fed or its data does not fill its shape.
 */
export function interpretGraph(
  graph: Graph,
  feeds: ReadonlyMap<string, Feed>,
): Map<string, Float64Array> {
  const tensors = new Map<Value | undefined, DenseTensor>();
  for (const { value, data } of graph.constants) tensors.set(value, toTensor(value, data));
  for (const value of graph.inputs) {
    const feed = feeds.get(value.name);
    if (feed === undefined) throw new RangeError(`input '${value.name}' is not fed`);
    tensors.set(value, toTensor(value, feed));
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => tensors.get(input)!);
    const results = kernels[node.op](inputs, node);
    for (const [index, output] of node.outputs.entries()) {
      tensors.set(output, toTensor(output, results[index]!));
    }
  }
  return new Map(graph.outputs.map(({ name, value }) => [name, tensors.get(value)!.data]));
}

function toTensor({ name, shape }: Value, feed: Feed): DenseTensor {
  if (feed.length !== countElements(shape)) {
    throw new RangeError(`'${name}': ${feed.length} elements do not fill ${formatShape(shape)}`);
  }
  return { shape, data: Float64Array.from<number | bigint>(feed as ArrayLike<number>, Number) };
}
