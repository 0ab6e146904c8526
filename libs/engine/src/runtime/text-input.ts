import type { TextConfig } from '@holdfast/clip';
import type { ArrayName } from '../memory/array-name.js';
import type { ParameterStore } from '../memory/parameter-store.js';
import { copyChunk, type TextBatch } from './batch.js';
import { dataOf } from './bind-piece.js';
import { embedTokens, scatterTokenGradients } from './embed-tokens.js';
import { findEndPosition } from './pool-tokens.js';
import type { TowerInput, TowerInputBuffers } from './tower-input.js';

const tokenTable = 'text_model.embeddings.token_embedding.weight';
const positionTable = 'text_model.embeddings.position_embedding.weight';

/** Token and position embeddings. The sum over equal tokens is outside any graph, in fixed order. */
export function createTextInput(
  { config, rows, store }: { config: TextConfig; rows: number; store: ParameterStore },
  { x, dx }: TowerInputBuffers,
): TowerInput<TextBatch> {
  const { contextLength, width } = config;
  const tokens = new Int32Array(rows * contextLength);
  const positions = new Int32Array(rows);
  const heads = new Int32Array(rows);
  const embeddingOf = (array: ArrayName) => ({
    tokens,
    width,
    tokenTable: store.view(array, tokenTable),
    // A shorter context than the model's reads its first positions.
    positionTable: store.view(array, positionTable).subarray(0, contextLength * width),
  });
  return {
    positions,
    heads,
    async forward(array, batch, start) {
      copyChunk(batch.tokens, tokens, { start, size: contextLength });
      copyChunk(batch.heads, heads, { start, size: 1, padding: -1 });
      for (let row = 0; row < rows; row += 1) {
        const text = tokens.subarray(row * contextLength, (row + 1) * contextLength);
        positions[row] = findEndPosition(text, config);
      }
      embedTokens(embeddingOf(array), dataOf(x));
    },
    async backward(_, target) {
      if (!store.trains(tokenTable)) return;
      scatterTokenGradients(embeddingOf(target), dataOf(dx!));
    },
  };
}
