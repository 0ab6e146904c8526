import type { GraphBuilder, Value } from '@holdfast/onnx-graph';
import type { DrawOptions, FunctionCase } from './function-case.js';

export type Shapes = readonly (readonly number[])[];

/** A case whose inputs a, b, c, ... are all differentiated. */
export function createCase(
  name: string,
  shapes: Shapes,
  apply: (builder: GraphBuilder, ...inputs: Value[]) => Value | readonly Value[],
  options: DrawOptions = {},
): FunctionCase {
  return {
    ...options,
    name,
    make: (builder) => {
      const wrt = shapes.map((shape, index) => builder.input('abcdef'[index]!, shape));
      return { results: [apply(builder, ...wrt)].flat(), wrt };
    },
  };
}
