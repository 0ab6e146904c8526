/** A part of a batch's rows: start, start + 1, ... */
export interface RowRange {
  readonly start: number;
  readonly count: number;
}

/** How rows are divided. */
export interface DivideOptions {
  /** Rows that a session takes at once: a range ends where a chunk does, or with the batch. */
  readonly chunk: number;
  /** What each part is to be in proportion to, positive. */
  readonly weights: readonly number[];
  /** Chunks that each part has at the least, as far as there are enough; default 0. */
  readonly least?: number;
}

/**
 * Divides rows into one range a part, in their order and of whole chunks, in proportion to weights.
 *
 * Part i has w_i C of the C chunks, rounded down, and at least `least`; what is left goes one by one to the parts that are
 * furthest below their share, the first of equals. Where there are fewer chunks than parts need at the least, the parts of the
 * largest weights have one each.
 */
export function divideRows(rows: number, options: DivideOptions): RowRange[] {
  const { chunk, weights } = options;
  const counts = countChunks(Math.ceil(rows / chunk), options);
  let start = 0;
  return weights.map((_, part) => {
    const count = Math.min(counts[part]! * chunk, rows - start);
    const range = { start, count };
    start += count;
    return range;
  });
}

function countChunks(chunks: number, { weights, least = 0 }: DivideOptions): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => (weight / total) * chunks);
  const few = chunks < least * weights.length;
  const counts = shares.map((share) => (few ? 0 : Math.max(Math.floor(share), least)));
  const want = (part: number) => shares[part]! - counts[part]!;
  const parts = weights.map((_, part) => part);
  for (let left = chunks - sum(counts); left !== 0; left -= Math.sign(left)) {
    if (left > 0) {
      const open = few ? parts.filter((part) => counts[part]! < least) : parts;
      const part = open.reduce((most, other) => (want(other) > want(most) ? other : most));
      counts[part]! += 1;
    } else {
      // Those that were given the least took from the others.
      const rich = parts.filter((part) => counts[part]! > least);
      const part = rich.reduce((most, other) => (want(other) < want(most) ? other : most));
      counts[part]! -= 1;
    }
  }
  return counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
