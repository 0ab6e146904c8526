import type { TextConfig } from '@holdfast/clip';
import { maskedScore } from '../graphs/transformer-block.js';

/**
 * The position that stands for a text: the first end token or, in models with the historical
 * `eos_token_id: 2`, the first of the highest ids. 0 if there is no end token, as in transformers.
 */
export function findEndPosition(
  tokens: Int32Array,
  { eotPooling, eosTokenId }: Pick<TextConfig, 'eotPooling' | 'eosTokenId'>,
): number {
  if (eotPooling === 'first-eos') return Math.max(tokens.indexOf(eosTokenId), 0);
  let best = 0;
  for (let i = 1; i < tokens.length; i += 1) if (tokens[i]! > tokens[best]!) best = i;
  return best;
}

/** pooled[i] <- x[positions[i], i]; `x` is [tokens, n, width], `pooled` [n, width]. */
export function poolTokens(x: Float32Array, positions: Int32Array, pooled: Float32Array): void {
  const rows = positions.length;
  const width = pooled.length / rows;
  for (let row = 0; row < rows; row += 1) {
    const from = (positions[row]! * rows + row) * width;
    pooled.set(x.subarray(from, from + width), row * width);
  }
}

/** The gradient of {@link poolTokens}: dx[positions[i], i] <- dx[positions[i], i] + dpooled[i]. */
export function unpoolTokens(dpooled: Float32Array, positions: Int32Array, dx: Float32Array): void {
  const rows = positions.length;
  const width = dpooled.length / rows;
  for (let row = 0; row < rows; row += 1) {
    const to = (positions[row]! * rows + row) * width;
    const from = row * width;
    for (let j = 0; j < width; j += 1) dx[to + j]! += dpooled[from + j]!;
  }
}

/** What is added to the scores of the pooled token: it sees the tokens up to its own position. */
export function maskLaterTokens(positions: Int32Array, mask: Float32Array): void {
  const tokens = mask.length / positions.length;
  for (let row = 0; row < positions.length; row += 1) {
    const start = row * tokens;
    const end = start + positions[row]! + 1;
    mask.fill(0, start, end);
    mask.fill(maskedScore, end, start + tokens);
  }
}
