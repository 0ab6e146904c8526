import type { TowerConfig } from '@holdfast/clip';
import type { Tensor } from 'onnxruntime-node';
import type { Arena } from '../memory/arena.js';
import type { ParameterStore } from '../memory/parameter-store.js';
import { allocateTensor, type Tensors } from './bind-piece.js';
import type { Piece } from './piece.js';
import type { TowerInput, TowerInputBuffers } from './tower-input.js';

/** What all chunks of a tower share. */
export interface TowerParts<Batch> {
  readonly store: ParameterStore;
  readonly arena: Arena;
  readonly config: TowerConfig;
  /** Rows that a session takes at once. */
  readonly rows: number;
  /** Tokens of a row. */
  readonly tokens: number;
  readonly embeddingSize: number;
  /** `vision_model` or `text_model`. */
  readonly prefix: string;
  readonly block: Piece;
  readonly head: Piece;
  /** Rank of task-dependent heads; 0 without. */
  readonly rank: number;
  readonly createInput: (buffers: TowerInputBuffers) => TowerInput<Batch>;
}

/** Gradients on their way back; one chunk at a time needs them. */
export interface GradientBuffers {
  /** Of a block's output and input, in turn. */
  readonly dx: readonly [Tensor, Tensor];
  /** Of the pooled features and of heads' factors, by the head's input names. */
  readonly head: Tensors;
  /** Of the embeddings. */
  readonly cotangent: Tensor;
}

/** Allocates a tower's gradient buffers. */
export function allocateGradients(parts: TowerParts<unknown>): GradientBuffers {
  const { arena, block, head } = parts;
  const head_ = head.definition.inputs.map(
    ({ name, shape }) => [name, allocateTensor(arena, shape)] as const,
  );
  const shape = block.definition.outputShape;
  return {
    dx: [allocateTensor(arena, shape), allocateTensor(arena, shape)],
    head: Object.fromEntries(head_),
    cotangent: allocateTensor(arena, head.definition.outputShape),
  };
}
