import type { GraphBuilder, Value } from '@holdfast/onnx-graph';

/** A parameter as a piece of a tower sees it. */
export interface PieceParameter {
  /** Name after the piece's prefix: `mlp.fc1.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether it only goes in: backward does not answer its gradient. */
  readonly frozen?: boolean;
}

/** A value that a piece is fed besides its parameters. */
export interface PieceInput {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether backward answers its gradient. */
  readonly differentiable: boolean;
}

/** A part of a tower that has a forward and a backward session; batch size is fixed. */
export interface PieceDefinition {
  /** Which part and which sizes: equal keys mean equal graphs. */
  readonly name: string;
  readonly inputs: readonly PieceInput[];
  readonly parameters: readonly PieceParameter[];
  readonly outputShape: readonly number[];
  /**
   * Emits the forward pass; inputs and parameters come by name. `checkpoint` marks, and answers, a value
   * to keep where the rest is computed again on the way back.
   */
  emit(
    builder: GraphBuilder,
    value: (name: string) => Value,
    checkpoint: (value: Value) => Value,
  ): Value;
}
