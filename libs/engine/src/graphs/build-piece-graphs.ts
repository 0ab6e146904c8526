import {
  accumulatorName as nameAccumulator,
  cotangentName as nameCotangent,
  gradientName as nameGradient,
  type SavedValue,
  splitForBackward,
} from '@holdfast/autodiff';
import { createGraphBuilder, fuseTransposes, type Graph, type Value } from '@holdfast/onnx-graph';
import type { PieceDefinition, PieceParameter } from './piece-definition.js';

/** What a piece keeps for its way back: whatever is dear to compute, or its checkpoints alone. */
export type Keeping = 'activations' | 'checkpoints';

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

/** The graphs of a piece. */
export interface PieceGraphs {
  readonly forward: Graph;
  /** Absent where nothing is differentiated. */
  readonly backward?: Graph;
  /** What forward keeps for backward. */
  readonly saved: readonly SavedValue[];
}

/**
 * The two graphs of a piece: forward answers `y` and what is kept; backward answers
 * `gradient.<input>` of the differentiable inputs and `gradient.<parameter>` of the parameters that are
 * not frozen, the latter added to `accumulator.<parameter>`.
 */
export function buildPieceGraphs(
  definition: PieceDefinition,
  keeping: Keeping = 'activations',
): PieceGraphs {
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
  const checkpoints: Value[] = [];
  const output = definition.emit(builder, lookUp, (value) => {
    checkpoints.push(value);
    return value;
  });
  builder.output(output, outputName);
  const parameters = listTrained(definition).map(({ name }) => lookUp(name));
  const inputs = definition.inputs.filter(({ differentiable }) => differentiable);
  const wrt = [...inputs.map(({ name }) => lookUp(name)), ...parameters];
  const graph = builder.build();
  if (wrt.length === 0) return { forward: fuseTransposes(graph), saved: [] };
  return splitForBackward(graph, {
    outputs: [outputName],
    wrt,
    accumulate: parameters,
    ...(keeping === 'checkpoints' && checkpoints.length > 0 && { checkpoints }),
  });
}

/** The parameters of a piece that backward answers the gradient of. */
export function listTrained({ parameters }: PieceDefinition): readonly PieceParameter[] {
  return parameters.filter(({ frozen }) => frozen !== true);
}
