import type { TextConfig } from '@holdfast/clip';
import type { TextBatch } from './batch.js';
import { findEndPosition } from './pool-tokens.js';

/** Texts of one length. */
export interface TextGroup {
  /** Tokens of each, padding included. */
  readonly length: number;
  /** Where they stand in the batch they are from, ascending. */
  readonly rows: readonly number[];
  /** [rows, length] tokens. */
  readonly batch: TextBatch;
}

/** Lengths are multiples of this, the context length aside. */
export const lengthStep = 16;

/**
 * Cuts texts behind their end tokens, to the next of a few lengths, and puts those of one length
 * together, shortest first.
 *
 * No token sees a later one and nothing reads what stands behind the end token: a caption of 10 tokens in
 * a context of 77 needs a fifth of the work. The length follows from the text alone, so that its
 * embedding does not depend on the texts around it.
 */
export function groupTexts(
  { count, tokens, heads }: TextBatch,
  config: TextConfig,
): readonly TextGroup[] {
  const { contextLength } = config;
  const rowsByLength = new Map<number, number[]>();
  for (let row = 0; row < count; row += 1) {
    const text = tokens.subarray(row * contextLength, (row + 1) * contextLength);
    const needed = findEndPosition(text, config) + 1;
    const length = Math.min(Math.ceil(needed / lengthStep) * lengthStep, contextLength);
    const rows = rowsByLength.get(length);
    if (rows === undefined) rowsByLength.set(length, [row]);
    else rows.push(row);
  }
  return [...rowsByLength]
    .sort(([a], [b]) => a - b)
    .map(([length, rows]) => {
      const cut = new Int32Array(rows.length * length);
      rows.forEach((row, i) => {
        const start = row * contextLength;
        cut.set(tokens.subarray(start, start + length), i * length);
      });
      const own = Int32Array.from(rows, (row) => heads[row]!);
      return { length, rows, batch: { count: rows.length, tokens: cut, heads: own } };
    });
}
