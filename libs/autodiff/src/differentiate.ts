import {
  formatShape,
  type GraphBuilder,
  isSameShape,
  type Node,
  type Value,
} from '@holdfast/onnx-graph';
import { rules } from './rules.js';
import type { Contribution } from './vjp-rule.js';

export interface DifferentiateOptions {
  /** Where the gradient comes in: a value and dL/dvalue, of the same shape. */
  readonly outputs: readonly { readonly value: Value; readonly cotangent: Value }[];
  /** The values whose gradients are wanted: inputs, constants or intermediate values. */
  readonly wrt: readonly Value[];
  /** Per wanted value, what its gradient is added to: a value of the same shape. */
  readonly accumulators?: ReadonlyMap<Value, Value>;
}

/**
 * Appends the backward pass to a builder: dL/dv for every wanted value v, by reverse accumulation
 * of one vector-Jacobian product per node, only along paths from a wanted value to an output.
 *
 * A gradient with an accumulator is the sum of both; where its last operator is Gemm, Gemm adds it.
 *
 * @throws RangeError if shapes disagree, or no output depends on a wanted value.
 */
export function differentiate(
  builder: GraphBuilder,
  options: DifferentiateOptions,
): Map<Value, Value> {
  const { outputs, wrt } = options;
  checkShapes(options);
  const nodes = [...builder.nodes];
  const needed = findDependents(nodes, wrt);
  const exposed = new Set([...wrt, ...outputs.map(({ value }) => value)]);
  const readers = indexReaders(nodes);
  const gradients = createGradientSums(builder, options);
  for (const { value, cotangent } of outputs) {
    if (needed.has(value)) gradients.add(value, cotangent);
  }
  for (const node of nodes.toReversed()) {
    const cotangents = node.outputs.map(gradients.get);
    const isWanted = (index: number) => needed.has(node.inputs[index]);
    if (cotangents.every((cotangent) => cotangent === undefined)) continue;
    if (!node.inputs.some((_, index) => isWanted(index))) continue;
    const contributions = rules[node.op]({
      builder,
      node,
      cotangents,
      isWanted,
      readersOf: (value) => readers.get(value) ?? [],
      cotangentOf: gradients.get,
      isExposed: (value) => exposed.has(value),
    });
    for (const [index, contribution] of contributions.entries()) {
      if (contribution && isWanted(index)) gradients.add(node.inputs[index]!, contribution);
    }
  }
  return new Map(wrt.map((value) => [value, gradients.finish(value)]));
}

/** The cotangents gathered so far, one sum per value. */
function createGradientSums(builder: GraphBuilder, { accumulators }: DifferentiateOptions) {
  const sums = new Map<Value, Value>();
  // The sum of a leaf may start from its accumulator; that of an inner value flows on upstream.
  const inner = new Set(builder.nodes.flatMap((node) => node.outputs));
  return {
    get: (value: Value) => sums.get(value),
    add(value: Value, contribution: Contribution): void {
      const gathered = sums.get(value) ?? (inner.has(value) ? undefined : accumulators?.get(value));
      if (typeof contribution === 'function') sums.set(value, contribution(gathered));
      else sums.set(value, gathered ? builder.add(gathered, contribution) : contribution);
    },
    finish(value: Value): Value {
      const sum = sums.get(value);
      if (sum === undefined) throw new RangeError(`no output depends on '${value.name}'`);
      const accumulator = inner.has(value) ? accumulators?.get(value) : undefined;
      return accumulator ? builder.add(accumulator, sum) : sum;
    },
  };
}

/** The wanted values and everything computed from them. */
function findDependents(nodes: readonly Node[], wrt: readonly Value[]): Set<Value | undefined> {
  const dependents = new Set<Value | undefined>(wrt);
  for (const { inputs, outputs } of nodes) {
    if (inputs.some((input) => input !== undefined && dependents.has(input))) {
      for (const output of outputs) dependents.add(output);
    }
  }
  return dependents;
}

function indexReaders(nodes: readonly Node[]): ReadonlyMap<Value | undefined, readonly Node[]> {
  const readers = new Map<Value | undefined, Node[]>();
  for (const node of nodes) {
    for (const input of new Set(node.inputs)) {
      const known = readers.get(input);
      if (known) known.push(node);
      else readers.set(input, [node]);
    }
  }
  return readers;
}

function checkShapes({ outputs, accumulators }: DifferentiateOptions): void {
  const seeds = outputs.map(({ value, cotangent }) => [value, cotangent] as const);
  for (const [value, other] of [...seeds, ...(accumulators ?? [])]) {
    if (!isSameShape(value.shape, other.shape)) {
      const shapes = `${formatShape(other.shape)}, '${value.name}' ${formatShape(value.shape)}`;
      throw new RangeError(`'${other.name}' is ${shapes}: they must be the same`);
    }
  }
}
