import type { GraphBuilder, Value } from '@holdfast/onnx-graph';

/** A function under test: declares its inputs, returns its results and what to differentiate by. */
export type MakeFunction = (builder: GraphBuilder) => {
  readonly results: readonly Value[];
  readonly wrt: readonly Value[];
};

/** How the inputs of a function are drawn: uniform numbers in [low, high), -1 and 1 unless given. */
export interface DrawOptions {
  readonly low?: number;
  readonly high?: number;
  /** Data of inputs that are not to be drawn: indices. */
  readonly given?: Readonly<Record<string, readonly number[]>>;
}

/** A function with a name, for tests that run over all operators. */
export interface FunctionCase extends DrawOptions {
  readonly name: string;
  readonly make: MakeFunction;
}
