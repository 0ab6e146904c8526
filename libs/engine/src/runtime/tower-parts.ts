import type { TowerConfig } from '@holdfast/clip';
import type { Keeping } from '../graphs/build-piece-graphs.js';
import type { Arena } from '../memory/arena.js';
import type { ParameterStore } from '../memory/parameter-store.js';
import type { Tensor } from '../native/onnxruntime.js';
import { allocateTokens, type TokenParts, type TokensOf } from './allocate-tokens.js';
import { allocateTensor } from './bind-piece.js';
import type { Tensors } from './in-place-session.js';
import type { Piece } from './piece.js';
import type { TowerInput, TowerInputBuffers } from './tower-input.js';

/** The blocks before the last one. */
export interface BlockPieces {
  /** Nothing may go back beyond it. */
  readonly first: Piece;
  /** Every other one. */
  readonly inner: Piece;
}

/** What all chunks of a tower share. */
export interface TowerParts<Batch> extends TokenParts {
  readonly store: ParameterStore;
  readonly config: TowerConfig;
  /** Rows that a session takes at once. */
  readonly rows: number;
  /** Tokens of a row. */
  readonly tokens: number;
  readonly embeddingSize: number;
  /** `vision_model` or `text_model`. */
  readonly prefix: string;
  /** Every block but the last, by what it keeps. */
  readonly blocks: Readonly<Record<Keeping, BlockPieces>>;
  /** The last block, pooled, and the projection. */
  readonly final: Piece;
  readonly createInput: (buffers: TowerInputBuffers) => TowerInput<Batch>;
}

/** Gradients on their way back; one chunk at a time needs them. */
export interface GradientBuffers {
  /** Of the tokens. */
  readonly dx: TokensOf;
  /** Of the final piece's inputs besides the tokens, by their names. */
  readonly final: Tensors;
  /** Of the embeddings. */
  readonly cotangent: Tensor;
}

/** Allocates a tower's gradient buffers. */
export function allocateGradients(parts: TowerParts<never>): GradientBuffers {
  const { arena, final } = parts;
  const inputs = final.definition.inputs.slice(1).filter(({ differentiable }) => differentiable);
  return {
    dx: allocateTokens(parts, false),
    final: allocateTensors(arena, inputs),
    cotangent: allocateTensor(arena, final.definition.outputShape),
  };
}

/** A tensor by each name. */
export function allocateTensors(
  arena: Arena,
  named: readonly { readonly name: string; readonly shape: readonly number[] }[],
): Tensors {
  return Object.fromEntries(named.map(({ name, shape }) => [name, allocateTensor(arena, shape)]));
}
