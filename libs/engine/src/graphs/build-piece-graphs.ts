import {
  accumulatorName as nameAccumulator,
  cotangentName as nameCotangent,
  gradientName as nameGradient,
  type SplitGraphs,
  splitForBackward,
} from '@holdfast/autodiff';
import { createGraphBuilder, type Value } from '@holdfast/onnx-graph';
import type { PieceDefinition } from './piece.js';

/** The name of a piece's result. */
export const outputName = 'y';

/** The backward session's input for the gradient of the result. */
export const cotangentName = nameCotangent(outputName);

/** The backward session's output for the gradient of an input or a parameter. */
export function gradientName(name: string): string {
  return nameGradient({ name });
}

/** The backward session's input that the gradient of a parameter is added to. */
export function accumulatorName(name: string): string {
  return nameAccumulator({ name });
}

/**
 * The two graphs of a piece: forward answers `y` and what is kept; backward answers
 * `gradient.<input>` of the differentiable inputs and `gradient.<parameter>`, the latter added to
 * `accumulator.<parameter>`.
 */
export function buildPieceGraphs(definition: PieceDefinition): SplitGraphs {
  const builder = createGraphBuilder(definition.name.replace(/\W+/g, '-'));
  const values = new Map<string, Value>();
  for (const { name, shape } of [...definition.inputs, ...definition.parameters]) {
    values.set(name, builder.input(name, shape));
  }
  const lookUp = (name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new RangeError(`piece ${definition.name} has no input ${name}`);
    return value;
  };
  builder.output(definition.emit(builder, lookUp), outputName);
  const parameters = definition.parameters.map(({ name }) => lookUp(name));
  const inputs = definition.inputs.filter(({ differentiable }) => differentiable);
  return splitForBackward(builder.build(), {
    outputs: [outputName],
    wrt: [...inputs.map(({ name }) => lookUp(name)), ...parameters],
    accumulate: parameters,
  });
}
