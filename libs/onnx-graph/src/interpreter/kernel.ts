import type { Node } from '../graph.js';

/** A tensor of the interpreter; int64 and bool are numbers here. */
export interface DenseTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Computes a node: one array per output, in row-major order of the shapes the node states. */
export type Kernel = (inputs: readonly DenseTensor[], node: Node) => readonly Float64Array[];

/** A number attribute, or its ONNX default. */
export function readNumber(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes[name];
  return attribute?.kind === 'int' || attribute?.kind === 'float' ? attribute.value : fallback;
}

/** A list attribute, or undefined. */
export function readIntegers(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'ints' ? attribute.value : undefined;
}
