/** The distinct texts of a batch, and which of them each text is. */
export interface TextRows {
  /** Row of each text among the distinct ones. */
  readonly rows: Int32Array;
  /** Distinct texts, in order of first occurrence. */
  readonly unique: readonly UniqueText[];
}

/** A text under a head. */
export interface UniqueText {
  readonly text: string;
  /** -1 for none. */
  readonly head: number;
}

/**
 * Finds equal texts under equal heads: they have one embedding, which is computed once. Captions are
 * made from few templates, so that a batch has many of them.
 *
 * `heads` is empty or as long as `texts`.
 */
export function findUniqueTexts(texts: readonly string[], heads: readonly number[]): TextRows {
  const known = new Map<string, number>();
  const unique: UniqueText[] = [];
  const rows = Int32Array.from(texts, (text, i) => {
    const head = heads[i] ?? -1;
    const key = `${head} ${text}`;
    const row = known.get(key) ?? unique.length;
    if (row === unique.length) {
      known.set(key, row);
      unique.push({ text, head });
    }
    return row;
  });
  return { rows, unique };
}

/** Repeats each distinct row for every text that it stands for. */
export function expandRows(rows: Int32Array, unique: Float32Array, size: number): Float32Array {
  const expanded = new Float32Array(rows.length * size);
  rows.forEach((row, i) => {
    expanded.set(unique.subarray(row * size, (row + 1) * size), i * size);
  });
  return expanded;
}

/** The gradient of {@link expandRows}: sums, in order of the texts, in float64. */
export function sumRows(
  { rows, unique }: TextRows,
  gradients: Float32Array,
  size: number,
): Float32Array {
  const sums = new Float64Array(unique.length * size);
  rows.forEach((row, i) => {
    for (let j = 0; j < size; j += 1) sums[row * size + j]! += gradients[i * size + j]!;
  });
  return Float32Array.from(sums);
}
