import type { Arena } from '../memory/arena.js';
import { assignRole } from '../memory/tensor-role.js';
import type { Tensor } from '../native/onnxruntime.js';
import { allocateTensor } from './bind-piece.js';
import type { Piece } from './piece.js';

/** What the tokens of a tower are allocated by. */
export interface TokenParts {
  readonly arena: Arena;
  readonly config: { readonly layers: number };
  /** Every block but the last; all answer tokens of one shape. */
  readonly blocks: { readonly activations: { readonly inner: Piece } };
  /** Whether the processor, not a graph, turns rows into tokens. */
  readonly embedsOnHost: boolean;
}

/** Tokens, or their gradients, by layer: 0 is the first block's input, `layers - 1` the final piece's. */
export type TokensOf = (layer: number) => Tensor;

/**
 * Allocates the tokens of a tower's layers when they are first asked for. Without `keep`, layers whose
 * tokens only graphs read and write take turns with two buffers.
 *
 * The processor pools the last ones and embeds texts: these have buffers of their own, and everything
 * between may stay on a device.
 */
export function allocateTokens(
  { arena, blocks, config, embedsOnHost }: TokenParts,
  keep: boolean,
): TokensOf {
  const shape = blocks.activations.inner.definition.outputShape;
  const last = config.layers - 1;
  const made = new Map<string, Tensor>();
  return (layer) => {
    const onHost = layer === last || (layer === 0 && embedsOnHost);
    const key = onHost || keep ? `${layer}` : `turn ${layer % 2}`;
    let tensor = made.get(key);
    if (tensor === undefined) {
      tensor = allocateTensor(arena, shape);
      if (!onHost) assignRole(tensor, { kind: 'kept' });
      made.set(key, tensor);
    }
    return tensor;
  };
}
