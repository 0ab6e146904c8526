import type { PieceDefinition } from './piece-definition.js';

/** What of a piece trains. */
export interface PieceTraining {
  /** What stands before the piece's parameter names. */
  readonly prefix: string;
  readonly trains: (parameter: string) => boolean;
  /** Inputs behind which nothing trains. */
  readonly ends: readonly string[];
}

/** The same piece whose backward answers only what trains and what goes on to where something trains. */
export function freezePiece(
  definition: PieceDefinition,
  { prefix, trains, ends }: PieceTraining,
): PieceDefinition {
  return {
    ...definition,
    inputs: definition.inputs.map((input) =>
      ends.includes(input.name) ? { ...input, differentiable: false } : input,
    ),
    parameters: definition.parameters.map((parameter) =>
      trains(prefix + parameter.name) ? parameter : { ...parameter, frozen: true },
    ),
  };
}
