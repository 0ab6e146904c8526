import type { GraphBuilder, Node, Value } from '@holdfast/onnx-graph';

/**
 * What one node adds to the cotangent of one of its inputs.
 *
 * Where the last operator of the rule can add on the way (Gemm), the contribution is a function:
 * it emits the sum of itself and what has gathered so far, which saves an Add.
 */
export type Contribution = Value | ((gathered: Value | undefined) => Value);

/** What a rule sees of the node that it differentiates. */
export interface VjpContext {
  readonly builder: GraphBuilder;
  readonly node: Node;
  /** Cotangents of the node's outputs; undefined where nothing wanted depends on that output. */
  readonly cotangents: readonly (Value | undefined)[];
  /** Whether the cotangent of input `index` is needed at all. */
  isWanted(index: number): boolean;
  /** The forward nodes that read a value. */
  readersOf(value: Value): readonly Node[];
  /** The finished cotangent of a value behind this node, or undefined. */
  cotangentOf(value: Value): Value | undefined;
  /** Whether the caller seeds this value with a cotangent or wants its gradient. */
  isExposed(value: Value): boolean;
}

/**
 * A vector-Jacobian product: emits, per input, J^T dy. Inputs that are not wanted or have no gradient
 * are undefined.
 */
export type VjpRule = (context: VjpContext) => readonly (Contribution | undefined)[];

/** The cotangent of the only output of a node. */
export function requireCotangent({ cotangents, node }: VjpContext): Value {
  const [cotangent, ...others] = cotangents;
  if (cotangent === undefined || others.some((other) => other !== undefined)) {
    throw new RangeError(`node '${node.name}': only its first output can carry a gradient`);
  }
  return cotangent;
}

/** An input that the operator always has. */
export function requireInput(node: Node, index: number): Value {
  const value = node.inputs[index];
  if (value === undefined) throw new RangeError(`node '${node.name}' has no input ${index}`);
  return value;
}

/** An attribute that is a number, or its ONNX default. */
export function readNumber(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes[name];
  return attribute?.kind === 'int' || attribute?.kind === 'float' ? attribute.value : fallback;
}

/** A list attribute of integers, or undefined where the node has none. */
export function readIntegers(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.kind === 'ints' ? attribute.value : undefined;
}

/** The integers of an input that is an int64 constant. */
export function readConstantIntegers({ builder, node }: VjpContext, index: number): number[] {
  const value = requireInput(node, index);
  const constant = builder.constants.find((candidate) => candidate.value === value);
  if (!(constant?.data instanceof BigInt64Array)) {
    throw new RangeError(`node '${node.name}': input ${index} must be an int64 constant`);
  }
  return Array.from(constant.data, Number);
}
