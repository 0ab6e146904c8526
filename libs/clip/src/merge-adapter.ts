/** The two factors of an adapter. */
export interface AdapterFactors {
  /** [rank, inputs]. */
  readonly A: Float32Array;
  /** [outputs, rank]. */
  readonly B: Float32Array;
  readonly rank: number;
  readonly scale: number;
}

/**
 * W + scale B A
 *
 * `weight` is [outputs, inputs]. Sums are in float64 and rounded once.
 */
export function mergeAdapter(
  weight: Float32Array,
  { A, B, rank, scale }: AdapterFactors,
): Float32Array {
  const inputs = A.length / rank;
  const merged = new Float32Array(weight.length);
  const row = new Float64Array(inputs);
  for (let output = 0; output < weight.length / inputs; output += 1) {
    row.fill(0);
    for (let k = 0; k < rank; k += 1) {
      const factor = B[output * rank + k]!;
      for (let i = 0; i < inputs; i += 1) row[i]! += factor * A[k * inputs + i]!;
    }
    const start = output * inputs;
    for (let i = 0; i < inputs; i += 1) merged[start + i] = weight[start + i]! + scale * row[i]!;
  }
  return merged;
}
